// SPDX-License-Identifier: GPL-2.0-only
#include "format/fault.h"

static const char *const kdp_fault_names[KDP_NR_FAULTS] = {
	[KDP_OK] = "ok",
	[KDP_BAD_MAGIC] = "no magic number",
	[KDP_BAD_CHECKSUM] = "wrong checksum",
	[KDP_BAD_VERSION] = "unknown version",
	[KDP_BAD_TYPE] = "wrong block type",
	[KDP_BAD_REPLICA] = "wrong replica number",
	[KDP_BAD_ADDRESS] = "wrong own address",
	[KDP_BAD_UUID] = "wrong pool UUID",
	[KDP_BAD_EPOCH] = "wrong epoch",
	[KDP_BAD_SEQUENCE] = "wrong sequence number",
	[KDP_BAD_INDEX] = "wrong index",
	[KDP_BAD_RESERVED] = "reserved bytes are not zero",
	[KDP_BAD_GEOMETRY] = "impossible geometry",
	[KDP_BAD_NAME] = "invalid name",
	[KDP_BAD_RECORD] = "malformed record",
	[KDP_BAD_EXTENT] = "extent out of range",
	[KDP_BAD_COUNT] = "count out of range",
	[KDP_BAD_FEATURE] = "unknown feature",
	[KDP_BAD_CHAIN] = "broken chain of commits",
	[KDP_BAD_VOLUME] = "no such volume, or one twice",
	[KDP_BAD_MAPPING] = "chunk mapped twice or not at all",
	[KDP_BAD_CONTENT] = "not what was written",
};

const char *kdp_fault_name(enum kdp_fault fault)
{
	if (fault >= KDP_NR_FAULTS)
		return "unknown fault";
	return kdp_fault_names[fault];
}
