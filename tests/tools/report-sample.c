// SPDX-License-Identifier: GPL-2.0-only
/*
 *   report-sample [wide]
 *
 * What `status POOL --json` prints of a pool that does not exist.
 */
#include "log-report.h"
#include "report.h"
#include "samplepool.h"

int main(int argc, char **argv)
{
	struct json_object *o;
	struct kdpu_pool p;

	(void)argv;
	sample_pool(&p, argc > 1);
	o = status_json(&p);
	kdpu_pool_free(&p);
	return report_json(o);
}
