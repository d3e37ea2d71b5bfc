/*
 * The floor: one thread, one epoll set, a fixed answer for each blank line (CR LF CR LF) it sees. Argument: port.
 *
 * It does the two system calls per request (read, write) which no server on epoll can leave out, and next to nothing
 * else. It does not parse: it is a limit to measure against, not an HTTP server.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_BATCH = 64, MAX_ANSWER = 512, MAX_EVENTS = 512, MAX_DESCRIPTORS = 1 << 17 };

/* MAX_BATCH copies of the answer, one after the other, so that pipelined requests are answered by one write. */
static char answers[MAX_BATCH * MAX_ANSWER];
static int answer_size;
static time_t answers_made_at;

/* How much of CR LF CR LF each descriptor has seen last: 0 to 3 bytes. */
static unsigned char matched_bytes[MAX_DESCRIPTORS];
static char input[65536];

static void refresh_answers(void) {
  time_t now = time(NULL);
  if (now == answers_made_at) return;
  answers_made_at = now;
  char date[64], answer[MAX_ANSWER];
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  answer_size = snprintf(answer, sizeof answer,
                         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nServer: c\r\nDate: %s\r\n\r\n"
                         "Hello, World!", date);
  for (int i = 0; i < MAX_BATCH; i++) memcpy(answers + i * answer_size, answer, answer_size);
}

static int count_requests(int descriptor, ssize_t size) {
  int matched = matched_bytes[descriptor], count = 0;
  for (ssize_t i = 0; i < size; i++) {
    char b = input[i];
    if (b == '\r') {
      matched = matched == 2 ? 3 : 1;
    } else if (b == '\n') {
      if (matched == 3) {
        count++;
        matched = 0;
      } else {
        matched = matched == 1 ? 2 : 0;
      }
    } else {
      matched = 0;
    }
  }
  matched_bytes[descriptor] = matched;
  return count;
}

static void write_answers(int descriptor, int count) {
  while (count > 0) {
    int batch = count < MAX_BATCH ? count : MAX_BATCH;
    ssize_t written = 0, size = (ssize_t) batch * answer_size;
    while (written < size) {
      ssize_t n = write(descriptor, answers + written, size - written);
      if (n < 0 && errno != EAGAIN) return;
      if (n > 0) written += n;
    }
    count -= batch;
  }
}

static void accept_all(int listener, int poll) {
  int descriptor, on = 1;
  while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (descriptor >= MAX_DESCRIPTORS) {
      close(descriptor);
      continue;
    }
    setsockopt(descriptor, SOL_TCP, TCP_NODELAY, &on, sizeof on);
    matched_bytes[descriptor] = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
  }
}

static void answer(int descriptor) {
  ssize_t size = read(descriptor, input, sizeof input);
  if (size > 0) {
    write_answers(descriptor, count_requests(descriptor, size));
  } else if (size == 0 || errno != EAGAIN) {
    close(descriptor);
  }
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: %s PORT\n", arguments[0]);
    return 2;
  }
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *) &address, sizeof address) || listen(listener, 4096)) {
    perror("bind");
    return 1;
  }
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[MAX_EVENTS];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(poll, events, MAX_EVENTS, 1000);
    refresh_answers();
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == listener) {
        accept_all(listener, poll);
      } else {
        answer(events[i].data.fd);
      }
    }
  }
}
