__attribute__((visibility("default"))) int no_plugin_here(void) { return 1; }
