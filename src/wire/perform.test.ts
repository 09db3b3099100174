import { describe, expect, test } from 'vitest'
import { StorageError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { Operation } from '../operation.ts'
import type { Draft } from './draft.ts'
import type { ListenerOptions } from './listener.ts'
import { perform } from './perform.ts'

const model: ServiceModel = {
  signingName: 's3',
  apiVersion: '',
  protocol: 'restXml',
  operations: { Keep: { errors: [] } },
  shapes: {},
  errors: {},
}

describe('what a call did once', () => {
  const failed = new StorageError('i/o error', 'the disk')
  const refused = async () => {
    throw failed
  }

  /** What was undone of a call whose steps after the first are these. */
  async function undone(run: () => Promise<object>, complete: () => Promise<void>) {
    const made: string[] = []
    const operation: Operation = {
      access: 'write',
      unguarded: true,
      run: async (_, { once }) => {
        await once(
          async () => 'a blob',
          (blob) => made.push(blob),
        )
        return run()
      },
    }
    const head = { method: 'PUT' }
    const draft = {
      arrival: { head, headers: {}, query: '', requestId: 'r' },
      called: { service: { model, operations: {} }, operation: 'Keep', labels: {} },
      principal: {},
      bytesIn: 0,
    } as unknown as Draft
    const options = { begin: () => ({}), complete, regions: [], rootPrincipal: {} }
    const { signal } = new AbortController()
    const settings = options as unknown as ListenerOptions
    await expect(perform(draft, operation, signal, settings)).rejects.toBe(failed)
    return made
  }

  test('is undone when storage fails before the call is recorded', async () => {
    expect(await undone(refused, async () => {})).toEqual(['a blob'])
  })

  test('stays when its record was not taken: the change may be visible after all', async () => {
    expect(await undone(async () => ({}), refused)).toEqual([])
  })
})
