// Claim: a chain of digests is verified many times faster than the AWS CLI does it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Claim, Figure } from '../src/cli/bench-claim.ts'
import { hasTool } from '../test/tools.ts'

const run = promisify(execFile)
const launcher = join(dirname(import.meta.dirname), 'contrail')
const trailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main'
/** An S3 endpoint in the same Region answers a small object after 10 to 30 ms. */
const latencyMs = 20
const rounds = 3

export const verify: Claim = {
  name: 'verify',
  says: 'a trail is verified much faster than `aws cloudtrail validate-logs` does it',

  async run({ progress }) {
    const hasAws = hasTool('aws', ['--version'], '`aws cloudtrail validate-logs` in the benchmark')
    const figures: Figure[] = []
    for (const latency of [latencyMs, 0]) {
      const where = latency > 0 ? `S3 answering after ${latency} ms` : 'S3 on this machine, at once'
      progress(`contrail verify, ${where}`)
      figures.push(...(await compare(latency, where, hasAws)))
    }
    return {
      figures,
      notes: [
        '100 digests and 1,000 log files of 10 records, served over HTTP by a process of its own; whole command lines, ' +
          `from start to exit, ours the median of ${rounds}. Both check every signature and hash; ours also previous hashes, files in ` +
          'no digest and repeated records. The AWS CLI asks for one object after another; ours for 32 at once, so that the ' +
          'time is in the start of the process (Node, and stripping types in a clone) and the CPU an object takes.',
      ],
    }
  },
}

async function compare(latency: number, where: string, hasAws: boolean): Promise<Figure[]> {
  const bucket = spawn(
    process.execPath,
    [join(import.meta.dirname, 'verify-bucket.ts'), String(latency)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  try {
    const [line] = await once(bucket.stdout, 'data')
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: String(line).trim(),
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const times: number[] = []
    for (let i = 0; i < rounds; i++) {
      times.push(await seconds(launcher, ['verify', 'audit'], env, '1,000/1,000 log files valid'))
    }
    const ours = times.sort((a, b) => a - b)[Math.floor(rounds / 2)]!
    const figures: Figure[] = [{ what: `contrail verify, ${where}`, value: ours, unit: 's' }]
    if (!hasAws) return figures
    const from = new Date(Date.now() - 7 * 24 * 3600_000).toISOString()
    const args = ['--trail-arn', trailArn, '--start-time', from, '--s3-bucket', 'audit']
    const validateLogs = ['cloudtrail', 'validate-logs', ...args]
    const theirs = await seconds('aws', validateLogs, env, '1000/1000 log files valid')
    return [
      ...figures,
      { what: `aws cloudtrail validate-logs, ${where}`, value: theirs, unit: 's' },
      {
        what: `times faster, ${where}`,
        value: theirs / ours,
        unit: '×',
        ...(latency > 0 ? { atLeast: 20 } : {}),
      },
    ]
  } finally {
    bucket.stdin.end()
  }
}

async function seconds(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  says: string,
): Promise<number> {
  const started = performance.now()
  const { stdout } = await run(command, args, { env })
  if (!stdout.includes(says)) throw new Error(`${command} did not find all valid:\n${stdout}`)
  return (performance.now() - started) / 1000
}
