# docs

pkgconfig_DATA = %D%/reeve.pc
EXTRA_DIST += %D%/architecture.md
