// Served natively over TLS: the record tells version and cipher. Needs openssl to make a certificate.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cloudtrailStubs, jsonCall, serviceOf, startListener } from '../../test/wire-listener.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('\n!!! SKIPPED: TLS, as openssl does not run here !!!\n')

test.skipIf(!hasOpenssl).each([
  { maxVersion: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  { maxVersion: 'TLSv1.2', cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
] as const)('$maxVersion', async ({ maxVersion, cipher }) => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const about = ['-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert]
  spawnSync('openssl', ['req', '-x509', ...ec, ...about])
  const listener = await startListener({
    services: [serviceOf('cloudtrail', cloudtrailStubs)],
    tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
    auth: 'open',
  })
  try {
    const { headers, body } = jsonCall('GetTrail', { Name: 'a' })
    const ca = readFileSync(cert)
    const options = { method: 'POST', headers, ca, servername: 'localhost', maxVersion }
    const request = httpsRequest(listener.url, options).end(body)
    const [response] = await once(request, 'response')
    response.resume()
    expect(response.statusCode).toBe(200)
    expect(listener.calls[0]!.tls).toEqual({ version: maxVersion, cipher })
  } finally {
    await listener.close()
    rmSync(folder, { recursive: true })
  }
})
