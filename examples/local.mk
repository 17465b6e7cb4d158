# Installed as they stand, below share/reeve/examples.
nobase_dist_pkgdata_DATA =
nobase_dist_pkgdata_DATA += %D%/container.yaml
nobase_dist_pkgdata_DATA += %D%/restart.yaml
nobase_dist_pkgdata_DATA += %D%/rolling.yaml
nobase_dist_pkgdata_DATA += %D%/demo.yaml
nobase_dist_pkgdata_DATA += %D%/http.yaml
nobase_dist_pkgdata_DATA += %D%/limits.yaml
nobase_dist_pkgdata_DATA += %D%/logs.yaml
nobase_dist_pkgdata_DATA += %D%/nginx.yaml
nobase_dist_pkgdata_DATA += %D%/notify.yaml
nobase_dist_pkgdata_DATA += %D%/placement.yaml
nobase_dist_pkgdata_DATA += %D%/redis.yaml
nobase_dist_pkgdata_DATA += %D%/scaling.yaml
nobase_dist_pkgdata_DATA += %D%/sockets.yaml
nobase_dist_pkgdata_DATA += %D%/watch.yaml
nobase_dist_pkgdata_DATA += %D%/health.yaml
nobase_dist_pkgdata_SCRIPTS = \
	%D%/programs/moody \
	%D%/programs/collector %D%/programs/flaky %D%/programs/greeter %D%/programs/leaky %D%/programs/ledger \
	%D%/programs/nginx-here %D%/programs/notifier %D%/programs/primes
EXTRA_DIST += %D%/demo
