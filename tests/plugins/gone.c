int gone_answer(void) { return 42; }
