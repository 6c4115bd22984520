// SPDX-License-Identifier: GPL-2.0-only
/*
 * agent - run commands in the guest for the harness on the host
 *
 * Speaks over a virtio-serial port, one command at a time.  Both ways a frame
 * is one byte of type, four of length (little endian), then the payload:
 *
 *   host to guest   X command for sh -c     I data for its standard input
 *                   Z end of standard input K kill the command
 *   guest to host   H ready                 O standard output
 *                   E standard error        R four bytes: exit status
 *
 * A command has ended when its first process has: what its children still
 * write then is lost, so background work must redirect its output.  A command
 * that died of signal N reports 128 + N, as a shell does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FRAME (1U << 20)

struct command {
	pid_t pid;
	int pidfd;
	int in;		/* -1: closed */
	int out;
	int err;
};

static int port;
static char payload[MAX_FRAME + 1];

static void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Write all of it; a pipe whose reader is gone is not an error. */
static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

static void send_frame(char type, const void *data, uint32_t len)
{
	unsigned char head[5] = { type, len, len >> 8, len >> 16, len >> 24 };

	if (write_all(port, head, sizeof(head)) || write_all(port, data, len))
		die("write to port");
}

static void read_all(void *data, size_t len)
{
	char *p = data;

	while (len) {
		ssize_t n = read(port, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("read from port");
		if (!n)		/* nobody is connected on the host */
			usleep(10000);
		p += n;
		len -= n;
	}
}

/* Read one frame into payload, NUL behind it; returns its type. */
static char read_frame(uint32_t *len)
{
	unsigned char head[5];

	read_all(head, sizeof(head));
	*len = head[1] | head[2] << 8 | head[3] << 16 | (uint32_t)head[4] << 24;
	if (*len > MAX_FRAME)
		die("frame too long");
	read_all(payload, *len);
	payload[*len] = '\0';
	return head[0];
}

static void exec_child(const char *script, int in, int out, int err)
{
	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", script, NULL);
	_exit(127);
}

static void start(struct command *c, const char *script)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC))
		die("pipe");
	c->pid = fork();
	if (c->pid < 0)
		die("fork");
	if (!c->pid)
		exec_child(script, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	c->in = in[1];
	c->out = out[0];
	c->err = err[0];
	c->pidfd = syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd < 0)
		die("pidfd_open");
}

static void close_input(struct command *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
}

/* Pass on what is there; closes *fd at its end.  Returns bytes moved. */
static ssize_t forward(int *fd, char type)
{
	static char buf[65536];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n > 0)
		send_frame(type, buf, n);
	if (!n) {
		close(*fd);
		*fd = -1;
	}
	return n;
}

static void from_host(struct command *c)
{
	uint32_t len;

	switch (read_frame(&len)) {
	case 'I':
		if (c->in >= 0 && write_all(c->in, payload, len))
			close_input(c);
		break;
	case 'Z':
		close_input(c);
		break;
	case 'K':
		kill(-c->pid, SIGKILL);
		break;
	}
}

static void drain(int fd, char type)
{
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (forward(&fd, type) > 0)
		;
	if (fd >= 0)
		close(fd);
}

static void finish(struct command *c)
{
	unsigned char rc[4] = { 0 };
	int status;

	drain(c->out, 'O');
	drain(c->err, 'E');
	close_input(c);
	close(c->pidfd);
	if (waitpid(c->pid, &status, 0) < 0)
		die("waitpid");
	rc[0] = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	send_frame('R', rc, sizeof(rc));
}

static void run(const char *script)
{
	struct command c;

	start(&c, script);
	for (;;) {
		struct pollfd p[] = {
			{ .fd = c.out, .events = POLLIN },
			{ .fd = c.err, .events = POLLIN },
			{ .fd = port, .events = POLLIN },
			{ .fd = c.pidfd, .events = POLLIN },
		};

		if (poll(p, 4, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[0].revents)
			forward(&c.out, 'O');
		if (p[1].revents)
			forward(&c.err, 'E');
		if (p[2].revents & POLLIN)
			from_host(&c);
		if (p[3].revents)
			break;
	}
	finish(&c);
}

int main(int argc, char **argv)
{
	uint32_t len;

	if (argc != 2) {
		fprintf(stderr, "usage: agent PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	port = open(argv[1], O_RDWR | O_CLOEXEC);
	if (port < 0)
		die(argv[1]);
	send_frame('H', "", 0);
	for (;;)
		if (read_frame(&len) == 'X')
			run(payload);
}
