// A WASI command for the tests that calls another algorithm, by the imports of the orcade ABI: standard input is how many hops
// are left; it answers c(...) around what the next one answers. Arguments: the next algorithm.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("orcade"), import_name("call"))) int32_t
orcade_call(const char *name, int32_t name_length, int32_t kind, const char *input, int32_t input_length);
__attribute__((import_module("orcade"), import_name("answer_read"))) void
orcade_answer_read(char *to, int32_t offset, int32_t length);

#define TEXT 0

int main(int argc, char **argv) {
  char input[32], next[32];
  size_t length = fread(input, 1, sizeof input - 1, stdin);
  input[length] = 0;
  int hops = atoi(input);
  if (argc < 2) return 2;
  if (hops == 0) {
    printf("c()");
    return 0;
  }
  sprintf(next, "%d", hops - 1);
  int32_t answered = orcade_call(argv[1], strlen(argv[1]), TEXT, next, strlen(next));
  int failed = answered < 0;
  int32_t size = failed ? -1 - answered : answered;
  char *answer = malloc(size + 1);
  orcade_answer_read(answer, 0, size);
  answer[size] = 0;
  if (failed) {
    fprintf(stderr, "%s\n", answer);
    return 5;
  }
  printf("c(%s)", answer);
  return 0;
}
