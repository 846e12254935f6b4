__attribute__((visibility("default"))) int auspex_plugin(void) { return 1; }
