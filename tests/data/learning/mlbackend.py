"""A backend with moodlemlbackend's command line, small enough to follow: each class is the mean of its rows.

usage: mlbackend.py HOW training|prediction UNIQUEID OUTPUTDIR DATASET
HOW: "well", or what to do wrong.
"""
import csv, json, math, os, sys, time


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file))
    head = dict(zip(rows[0], rows[1]))
    return head, rows[2], rows[3:]


def numbers(cells):
    return [float(cell) if cell else 0.0 for cell in cells]


def training(folder, head, columns, rows):
    assert int(head['nfeatures']) == len(columns) - 1 and columns[-1] == head['targetcolumn'], head
    means = {}
    for label in json.loads(head['targetclasses']):
        own = [numbers(row[:-1]) for row in rows if int(row[-1]) == label]
        if not own:
            return {'status': 8, 'info': [], 'errors': [f'no sample of class {label}']}
        means[str(label)] = [sum(values) / len(own) for values in zip(*own)]
    os.makedirs(os.path.join(folder, 'classifier'), exist_ok=True)
    with open(os.path.join(folder, 'classifier', 'means.json'), 'w', encoding='utf-8') as file:
        json.dump({'means': means, 'seed': os.environ['AUSPEX_SEED']}, file, sort_keys=True)
    return {'status': 0, 'info': ['trained']}


def prediction(folder, head, columns, rows):
    assert columns[0] == 'sampleid', columns
    with open(os.path.join(folder, 'classifier', 'means.json'), encoding='utf-8') as file:
        means = json.load(file)['means']
    found = []
    for row in rows:
        scores = {label: math.exp(-math.dist(mean, numbers(row[1:]))) for label, mean in means.items()}
        best = max(sorted(scores), key=scores.get)
        found.append([row[0], best, str(scores[best] / sum(scores.values()))])
    return {'status': 0, 'info': [], 'predictions': found}


def main(how, module, uniqueid, folder, dataset):
    if how == 'hang':
        time.sleep(600)
    if how == 'exit':
        print('no TensorFlow here', file=sys.stderr)
        return 1
    result = {'training': training, 'prediction': prediction}[module](folder, *read(dataset))
    print('a line that a library prints')
    if how == 'no_json':
        print('{"status": 0')
        return 0
    if how == 'no_model' and module == 'training':
        os.remove(os.path.join(folder, 'classifier', 'means.json'))
    if module == 'prediction':
        predictions = result['predictions']
        if how == 'fewer':
            predictions.pop()
        if how == 'twice':
            predictions[1] = predictions[0]
        if how == 'strange':
            predictions[1][0] = '77-0'
        if how == 'class':
            predictions[1][1] = '9'
        if how == 'score':
            predictions[1][2] = 'nan'
        if how == 'no_score':
            result['predictions'] = [each[:2] for each in predictions]
        predictions.reverse()
    print(json.dumps(result))
    return result['status']


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
