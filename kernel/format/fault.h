/* SPDX-License-Identifier: GPL-2.0-only */
/* What a validator can find wrong; pure, any context. */
#ifndef KDP_FORMAT_FAULT_H
#define KDP_FORMAT_FAULT_H

enum kdp_fault {
	KDP_OK = 0,
	KDP_BAD_MAGIC,
	KDP_BAD_CHECKSUM,
	KDP_BAD_VERSION,
	KDP_BAD_TYPE,
	KDP_BAD_REPLICA,
	KDP_BAD_ADDRESS,
	KDP_BAD_UUID,
	KDP_BAD_EPOCH,
	KDP_BAD_SEQUENCE,
	KDP_BAD_INDEX,
	KDP_BAD_RESERVED,
	KDP_BAD_GEOMETRY,
	KDP_BAD_NAME,
	KDP_BAD_RECORD,
	KDP_BAD_EXTENT,
	KDP_BAD_COUNT,
	KDP_BAD_FEATURE,
	KDP_BAD_CHAIN,
	KDP_BAD_VOLUME,
	KDP_BAD_MAPPING,
	KDP_BAD_CONTENT,
	KDP_NR_FAULTS
};

/* A word or two for messages, never NULL. */
const char *kdp_fault_name(enum kdp_fault fault);

#endif
