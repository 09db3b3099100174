import { defineConfig } from 'vitest/config'

// Fast tests lie beside the code; the slower suites under test/ run with `npm run test:all`.
export default defineConfig({
  test: {
    include: process.env['SUITE']
      ? [`test/${process.env['SUITE']}/**/*.test.ts`]
      : ['src/**/*.test.ts', 'test/*.test.ts'],
    setupFiles: ['test/seed.ts'],
    testTimeout: process.env['SUITE'] ? 600_000 : 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
