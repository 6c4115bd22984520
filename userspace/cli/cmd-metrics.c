// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "lib/metrics.h"
#include "lib/newfile.h"
#include "ui.h"

static struct {
	const char *output;
} opt;

static const struct cli_option options[] = {
	{ .name = "output", .arg = "FILE", .text = &opt.output,
	  .help = "write this file instead, mode 0644, complete or not at all" },
	{ .name = NULL }
};

static void write_metrics(FILE *f, const void *data)
{
	kdpu_metrics_write(f, data);
}

static int write_out(const struct kdpu_pools *l)
{
	struct kdpu_err err;

	if (opt.output)
		return kdpu_newfile(opt.output, 0644, write_metrics, l, &err) ?
		       ui_error(&err) : EXIT_DONE;
	kdpu_metrics_write(stdout, l);
	if (!ferror(stdout) && !fflush(stdout))
		return EXIT_DONE;
	kdpu_fail_errno(&err, -EIO, "cannot write to standard output");
	return ui_error(&err);
}

static int run(int nr, char **args)
{
	struct kdpu_pools l;
	struct kdpu_err err;
	int code;

	(void)nr;
	(void)args;
	/* without device-mapper nothing is active, which is an answer */
	if (kdpu_pools_read(&l, &err)) {
		if (err.error != -ENODEV)
			return ui_error(&err);
		memset(&l, 0, sizeof(l));
	}
	code = write_out(&l);
	kdpu_pools_free(&l);
	return code;
}

const struct cli_command cmd_metrics = {
	.name = "metrics",
	.synopsis = "[--output FILE]",
	.summary = "Print what Prometheus wants to know about all active pools",
	.details = "In the text format.  With --output it is for the textfile collector of the node exporter, which reads *.prom; the unit kdevpool-metrics.timer writes /var/lib/prometheus/node-exporter/kdevpool.prom every minute.",
	.options = options,
	.run = run,
};
