# noinst_LIBRARIES += libstore.a
