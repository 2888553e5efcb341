// A WASI command for the tests: counts bytes, lines and words of standard input; arguments say what else to do.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *text) {
  fprintf(stderr, "%s\n", text);
  return 3;
}

static int scratch(void) {
  FILE *file = fopen("/notes.txt", "w+");
  if (file == NULL) return fail("no scratch");
  fputs("one\ntwo\n", file);
  rewind(file);
  char line[16];
  while (fgets(line, sizeof line, file) != NULL) printf("scratch: %s", line);
  fclose(file);
  if (unlink("/notes.txt") != 0 || fopen("/notes.txt", "r") != NULL) return fail("not unlinked");
  if (fopen("/../etc/passwd", "r") != NULL) return fail("escaped");
  return 0;
}

int main(int argc, char **argv) {
  long bytes = 0, lines = 0, words = 0, inside = 0;
  for (int c = getchar(); c != EOF; c = getchar()) {
    bytes++;
    if (c == '\n') lines++;
    int space = c == ' ' || c == '\n' || c == '\t';
    if (!space && !inside) words++;
    inside = !space;
  }
  printf("%ld %ld %ld\n", lines, words, bytes);
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "env") == 0) printf("GREETING=%s\n", getenv("GREETING"));
    if (strcmp(argv[i], "scratch") == 0 && scratch() != 0) return 4;
    if (strcmp(argv[i], "time") == 0) printf("%s\n", time(NULL) > 1700000000 ? "a time" : "no time");
    if (strcmp(argv[i], "sleep") == 0) printf("slept %u\n", sleep(3600));
    if (strcmp(argv[i], "fail") == 0) return fail("as asked");
  }
  return 0;
}
