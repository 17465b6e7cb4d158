# docs

pkgconfig_DATA = %D%/reeve.pc
EXTRA_DIST += %D%/architecture.md %D%/performance.md
EXTRA_DIST += %D%/guide/change.md
EXTRA_DIST += %D%/guide/containers.md
EXTRA_DIST += %D%/guide/dashboard.md
EXTRA_DIST += %D%/guide/health.md
EXTRA_DIST += %D%/guide/history.md
EXTRA_DIST += %D%/guide/limits.md
EXTRA_DIST += %D%/guide/logs.md
EXTRA_DIST += %D%/guide/notify.md
EXTRA_DIST += %D%/guide/placement.md
EXTRA_DIST += %D%/guide/restart.md
EXTRA_DIST += %D%/guide/scaling.md
EXTRA_DIST += %D%/guide/sockets.md
EXTRA_DIST += %D%/guide/watch.md

# reeve.yaml(5) and the JSON Schema are made from the option table.
EXTRA_DIST += %D%/reeve.yaml.5.in
nodist_man_MANS += docs/reeve.yaml.5
nodist_pkgdata_DATA = docs/reeve.schema.json
CLEANFILES += docs/reeve.yaml.5 docs/reeve.schema.json
docs/reeve.yaml.5: %D%/reeve.yaml.5.in reeve-loader$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs && \
	./reeve-loader$(EXEEXT) --manual $(srcdir)/%D%/reeve.yaml.5.in \
		>$@-t && mv $@-t $@
docs/reeve.schema.json: reeve-loader$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs && \
	./reeve-loader$(EXEEXT) --schema >$@-t && mv $@-t $@
