# noinst_LIBRARIES += liblive.a
