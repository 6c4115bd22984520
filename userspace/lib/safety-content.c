// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what is on a device. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "safety-private.h"

/*
 * A refused device may not be open here; it is read by a descriptor of its
 * own then, so that the report still says what is on it.
 */
int kdpu_subject_signatures(struct kdpu_subject *s, struct kdpu_err *err)
{
	int fd = s->disk.fd;
	int ret;

	if (s->signatures_known) {
		*err = s->signatures_error;
		return err->error;
	}
	s->signatures_known = true;
	if (fd < 0)
		fd = open(s->device->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ret = kdpu_fail_errno(err, -errno, "cannot read %s",
				      s->device->path);
	} else {
		ret = kdpu_signatures_read(fd, &s->signatures, err);
		if (fd != s->disk.fd)
			close(fd);
	}
	if (ret)
		s->signatures_error = *err;
	return ret;
}

static bool is_lvm(const struct kdpu_signature *sig)
{
	return !strncmp(sig->type, "LVM", 3);
}

static bool is_crypto(const struct kdpu_signature *sig)
{
	return !strcmp(sig->usage, "crypto");
}

static bool is_raid(const struct kdpu_signature *sig)
{
	return !strcmp(sig->usage, "raid") && !is_lvm(sig);
}

static int check_members(struct kdpu_subject *s, struct kdpu_finding *f,
			 struct kdpu_err *err,
			 bool (*is)(const struct kdpu_signature *),
			 enum kdpu_verdict found, const char *none,
			 const char *todo)
{
	int ret = kdpu_subject_signatures(s, err);
	char text[256];
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < s->signatures.nr; i++) {
		if (!is(&s->signatures.s[i]))
			continue;
		kdpu_finding_set(f, found, "holds %s",
				 kdpu_signature_text(&s->signatures.s[i], text,
						     sizeof(text)));
		kdpu_finding_todo(f, todo, s->device->path);
		return 0;
	}
	kdpu_finding_set(f, KDPU_PASS, "%s", none);
	return 0;
}

static enum kdpu_verdict unless_cleared(const struct kdpu_subject *s)
{
	return s->clear == KDPU_KEEP ? KDPU_REFUSED : KDPU_FORCED;
}

KDPU_CHECK(raid)
{
	return check_members(s, f, err, is_raid, unless_cleared(s),
			     "no member of an array",
			     "if the array is not needed: mdadm --stop it, mdadm --zero-superblock the member, or wipefs -a %s");
}

KDPU_CHECK(lvm)
{
	return check_members(s, f, err, is_lvm, unless_cleared(s),
			     "no physical volume",
			     "if the volume group is not needed: vgremove it, then pvremove the physical volume (%s)");
}

KDPU_CHECK(crypto)
{
	return check_members(s, f, err, is_crypto, KDPU_REFUSED,
			     "no LUKS header",
			     "if the encrypted data is not needed: cryptsetup erase, then wipefs -a %s");
}

KDPU_CHECK(signatures)
{
	int ret = kdpu_subject_signatures(s, err);
	char one[256], all[320] = "";
	size_t i, n = 0, len = 0;

	if (ret)
		return ret;
	for (i = 0; i < s->signatures.nr; i++) {
		const struct kdpu_signature *sig = &s->signatures.s[i];

		if (is_lvm(sig) || is_raid(sig) || is_crypto(sig))
			continue;
		kdpu_signature_text(sig, one, sizeof(one));
		if (len + strlen(one) + 8 < sizeof(all))
			len += snprintf(all + len, sizeof(all) - len, "%s%s",
					n ? ", " : "", one);
		else if (len < sizeof(all) - 4 && all[len - 1] != '.')
			len += snprintf(all + len, sizeof(all) - len, "...");
		n++;
	}
	if (!n) {
		kdpu_finding_set(f, KDPU_PASS, "no file system, no partition table");
		return 0;
	}
	kdpu_finding_set(f, s->force ? KDPU_FORCED : KDPU_NEEDS_FORCE,
			 "holds %s", all);
	if (!s->force)
		kdpu_finding_todo(f, "if all of that may be destroyed: --force");
	return 0;
}
