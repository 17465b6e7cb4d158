# Installed as they stand, below share/reeve/examples.
nobase_dist_pkgdata_DATA = \
	%D%/demo.yaml %D%/http.yaml %D%/nginx.yaml %D%/redis.yaml %D%/scaling.yaml %D%/sockets.yaml \
	%D%/demo.yaml %D%/http.yaml %D%/logs.yaml %D%/nginx.yaml %D%/redis.yaml \
	%D%/demo.yaml %D%/http.yaml %D%/limits.yaml %D%/nginx.yaml %D%/redis.yaml %D%/sockets.yaml \
	%D%/watch.yaml
nobase_dist_pkgdata_SCRIPTS = \
	%D%/programs/collector %D%/programs/flaky %D%/programs/greeter %D%/programs/leaky %D%/programs/ledger \
	%D%/programs/nginx-here %D%/programs/primes
EXTRA_DIST += %D%/demo
