import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { operationTables } from '../src/services.ts'
import { operationsPage } from '../tools/operations.ts'

test('docs/operations.md tells what is built', () => {
  const path = join(import.meta.dirname, '../docs/operations.md')
  expect(readFileSync(path, 'utf8')).toBe(operationsPage())
})

test('every operation that is built is in its model, and each file has its name', () => {
  for (const { model, operations } of operationTables()) {
    expect(Object.keys(operations).filter((name) => !(name in model.operations))).toEqual([])
  }
})
