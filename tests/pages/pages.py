#!/usr/bin/env python3
"""Opens HTML reports in a headless Chromium: every figure is drawn, nothing complains, nothing is asked of the network.

usage: pages.py [--screenshot DIR] FILE.html...
"""
import html.parser, os, re, subprocess, sys, tempfile


class Figures(html.parser.HTMLParser):
    """The state of each figure, what it was drawn with, and how many rows its table has."""

    def __init__(self):
        super().__init__()
        self.figures = []
        self.inside = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == 'figure':
            self.figures.append({'id': attributes.get('id'), 'drawn': attributes.get('data-drawn'), 'marks': 0, 'rows': 0})
            self.inside = True
        elif self.inside and tag in ('path', 'canvas', 'text', 'circle', 'rect', 'polygon', 'line'):
            self.figures[-1]['marks'] += 1
        elif self.inside and tag == 'tr':
            self.figures[-1]['rows'] += 1

    def handle_endtag(self, tag):
        if tag == 'figure':
            self.inside = False


def chromium(profile, page, *options):
    return subprocess.run(['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader',
                           f'--user-data-dir={profile}', '--host-resolver-rules=MAP * ~NOTFOUND', '--hide-scrollbars',
                           '--virtual-time-budget=8000', '--enable-logging=stderr', *options,
                           'file://' + os.path.abspath(page)], capture_output=True, text=True, timeout=240)


def check(page, screenshots):
    faults = []
    text = open(page, encoding='utf-8').read()
    markup = re.sub(r'<script>.*?</script>', '', text, flags=re.S)
    for outside in re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!#|data:)([^"]+)"', markup):
        faults.append(f'asks for {outside}')
    with tempfile.TemporaryDirectory() as profile:
        for width in (1200, 390):  # a screen and a telephone
            run = chromium(profile, page, f'--window-size={width},900', '--dump-dom')
            console = [line for line in run.stderr.splitlines() if 'CONSOLE' in line and 'GL Driver Message' not in line]
            faults += [f'{width} px: console: {line}' for line in console]
            reader = Figures()
            reader.feed(run.stdout)
            if run.stdout.count('<figure') == 0 and '<figure' in text:
                faults.append(f'{width} px: no page came back: {run.stderr[-300:]}')
            for figure in reader.figures:
                if figure['drawn'] != 'yes':
                    faults.append(f"{width} px: {figure['id']} is not drawn ({figure['drawn']})")
                elif figure['marks'] == 0:
                    faults.append(f"{width} px: {figure['id']} is empty")
                if figure['rows'] < 2:
                    faults.append(f"{width} px: {figure['id']} has no table")
        if screenshots:
            name = os.path.splitext(os.path.basename(page))[0]
            chromium(profile, page, '--window-size=1200,9000', f'--screenshot={os.path.join(screenshots, name)}.png')
            chromium(profile, page, f'--print-to-pdf={os.path.join(screenshots, name)}.pdf', '--no-pdf-header-footer')
    print(f"{page}: {len(reader.figures)} figures, {'ok' if not faults else 'faults:'}")
    for fault in faults:
        print('  ' + fault)
    return not faults and bool(reader.figures)


def main():
    arguments = sys.argv[1:]
    screenshots = None
    if arguments[:1] == ['--screenshot']:
        screenshots, arguments = arguments[1], arguments[2:]
    if not arguments:
        sys.exit(__doc__)
    return 0 if all([check(page, screenshots) for page in arguments]) else 1


if __name__ == '__main__':
    sys.exit(main())
