# docs

pkgconfig_DATA = %D%/reeve.pc

# Where the links of the README lead.
docsdir = $(docdir)/docs
dist_docs_DATA = %D%/architecture.md %D%/performance.md
guidedir = $(docsdir)/guide
dist_guide_DATA =
dist_guide_DATA += %D%/guide/change.md
dist_guide_DATA += %D%/guide/containers.md
dist_guide_DATA += %D%/guide/dashboard.md
dist_guide_DATA += %D%/guide/health.md
dist_guide_DATA += %D%/guide/history.md
dist_guide_DATA += %D%/guide/limits.md
dist_guide_DATA += %D%/guide/logs.md
dist_guide_DATA += %D%/guide/notify.md
dist_guide_DATA += %D%/guide/placement.md
dist_guide_DATA += %D%/guide/restart.md
dist_guide_DATA += %D%/guide/scaling.md
dist_guide_DATA += %D%/guide/sockets.md
dist_guide_DATA += %D%/guide/watch.md
EXTRA_DIST += %D%/architecture.md %D%/performance.md
EXTRA_DIST += %D%/guide/change.md
EXTRA_DIST += %D%/guide/containers.md
EXTRA_DIST += %D%/guide/dashboard.md
EXTRA_DIST += %D%/guide/limits.md
EXTRA_DIST += %D%/guide/restart.md
EXTRA_DIST += %D%/guide/logs.md
EXTRA_DIST += %D%/guide/notify.md
EXTRA_DIST += %D%/guide/placement.md
EXTRA_DIST += %D%/guide/scaling.md
EXTRA_DIST += %D%/guide/sockets.md
EXTRA_DIST += %D%/guide/watch.md
EXTRA_DIST += %D%/guide/health.md
EXTRA_DIST += %D%/guide/history.md

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

# The screens as the documents show them, made anew from a real instance. Needs
# what the tests need, Pillow (Debian: python3-pil), fonts-dejavu-core and
# fonts-wqy-microhei.
EXTRA_DIST += %D%/pictures
.PHONY: pictures
pictures: all
	REEVE_BUILD_DIR='$(abs_builddir)' $(PYTHON) -B \
		$(srcdir)/%D%/pictures/gallery.py $(srcdir)/%D%/pictures
