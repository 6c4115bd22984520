// SPDX-License-Identifier: GPL-2.0-only
/*
 *   report-sample [wide|metrics|scrub|repair]
 *
 * What `status POOL --json`, `metrics`, `scrub --wait --json` and `repair --wait
 * --json` print of pools that do not exist.
 */
#include <string.h>

#include "lib/metrics.h"
#include "log-report.h"
#include "pool-report.h"
#include "report.h"
#include "samplepool.h"
#include "tend.h"

/* One with names that nothing prevents. */
static int metrics(void)
{
	struct kdpu_pool p[2];
	struct kdpu_pools l = { .p = p, .nr = 2 };

	sample_pool(&p[0], false);
	sample_pool(&p[1], true);
	strcpy(p[1].name, "a\"b\\c\nd");
	strcpy(p[1].volumes[0].name, "{},=#");
	kdpu_metrics_write(stdout, &l);
	kdpu_pool_free(&p[0]);
	kdpu_pool_free(&p[1]);
	return 0;
}

static int waited(const char *name)
{
	struct kdpu_health before = { };
	struct kdpu_pool p;
	struct json_object *o;

	sample_pool(&p, false);
	o = tend_json(p.name, strcmp(name, "scrub") ? TEND_REPAIR : TEND_SCRUB,
		      &before, &p.metadata);
	kdpu_pool_free(&p);
	return report_json(o);
}

int main(int argc, char **argv)
{
	struct json_object *o;
	struct kdpu_pool p;

	if (argc > 1 && !strcmp(argv[1], "metrics"))
		return metrics();
	if (argc > 1 && strcmp(argv[1], "wide"))
		return waited(argv[1]);
	sample_pool(&p, argc > 1);
	o = status_json(&p);
	kdpu_pool_free(&p);
	return report_json(o);
}
