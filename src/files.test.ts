import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemFiles } from './files.ts'

test('a file that is closed again takes no other file with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'))
  try {
    const first = await systemFiles.create(join(folder, 'first'))
    await first.close()
    // It gets the number that is free now.
    const second = await systemFiles.create(join(folder, 'second'))
    await first.close()
    await second.write([Buffer.from('whole')], 0)
    await second.close()
    expect(await readFile(join(folder, 'second'), 'utf8')).toBe('whole')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file whose writes are synced goes on after it was opened again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'))
  const path = join(folder, 'synced')
  try {
    const file = await systemFiles.createSynced(path)
    await file.write([Buffer.from('one '), Buffer.from('two ')], 0)
    await file.close()
    await expect(systemFiles.createSynced(path)).rejects.toMatchObject({ code: 'EEXIST' })
    const again = await systemFiles.reopenSynced(path)
    await again.write([Buffer.from('three')], 8)
    await again.close()
    expect(await readFile(path, 'utf8')).toBe('one two three')
  } finally {
    await rm(folder, { recursive: true })
  }
})
