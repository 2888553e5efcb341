// The peer in C: the same loop. Reads genomes (a newline after each) from the file named, then answers each line
// "K ROUNDS" of its input with the nanoseconds of CPU time it took, or "K 0" with the table of 4^K counts as bytes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint8_t codes[256];
static uint32_t table[1 << 20];

static int64_t count(const uint8_t *letters, const uint8_t *end, int k) {
  const uint32_t mask = (1u << (2 * k)) - 1;
  uint32_t window = 0;
  int run = 0;
  int64_t counted = 0;
  for (; letters < end; letters++) {
    uint8_t code = codes[*letters];
    if (code > 3) {
      run = 0;
      continue;
    }
    window = ((window << 2) | code) & mask;
    if (++run < k) continue;
    table[window]++;
    counted++;
  }
  return counted;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return 1;
  long size = ftell(file);
  uint8_t *letters = malloc(size);
  rewind(file);
  if (letters == NULL || fread(letters, 1, size, file) != (size_t)size) return 1;
  memset(codes, 4, sizeof codes);
  for (int code = 0; code < 4; code++) codes[(int)"ACGT"[code]] = code;
  int k, rounds;
  while (scanf("%d %d", &k, &rounds) == 2) {
    if (rounds == 0) memset(table, 0, sizeof table);
    int64_t start = now(), counted = 0;
    for (int round = 0; round < (rounds > 0 ? rounds : 1); round++) {
      for (uint8_t *from = letters, *end; from < letters + size; from = end + 1) {
        end = memchr(from, '\n', letters + size - from);
        counted += count(from, end, k);
      }
    }
    if (rounds > 0) printf("%lld\n", (long long)(now() - start) + (counted == 0));
    else fwrite(table, 4, (size_t)1 << (2 * k), stdout);
    fflush(stdout);
  }
  return 0;
}
