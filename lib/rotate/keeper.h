/*
 * The process that writes the files of recrotate.  It opens, names, compresses
 * and removes files, and never looks at what is in them; the process that parses
 * records sends it bytes through a pipe, and may not open anything.
 */
#ifndef ROTATE_KEEPER_H
#define ROTATE_KEEPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper_rules {
	/* The name of a file, in the form of strftime(3) of the time, UTC, at
	 * which it begins.  Until it is whole, ".part" follows. */
	const char *name;
	const char *compressor;	/* compresses the file FILE to FILE.EXTENSION */
	const char *extension;
	const char *command;	/* run with the name of each whole file */
	uint32_t files;		/* keep at most this number; 0: all */
	uint64_t bytes;		/* keep at most this number; 0: all */
	void (*report)(const char *text);	/* prints a message */
};

struct keeper {
	int fd;
	pid_t pid;
};

/* Start the process.  0, or -1 with errno.  The rules stay the caller's. */
int keeper_start(struct keeper *k, const struct keeper_rules *rules);

/* Add whole lines to the current file.  0, or -1 with errno: EPIPE if the
 * process is gone. */
int keeper_write(struct keeper *k, const void *buf, size_t n);

/* End the current file, if any; what is written next begins one whose time is
 * ns since 1970. */
int keeper_cut(struct keeper *k, uint64_t ns);

/* End the last file and wait until all are whole.  0, or -1 if a file or a
 * command failed. */
int keeper_end(struct keeper *k);

#endif
