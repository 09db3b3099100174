import { resolve } from 'node:path'
import type { Command } from 'commander'
import { flag, loadConfig, readConfigFile, settings, variable } from '../config.ts'
import { jsonLog } from '../log.ts'
import { type RunningServer, startServer } from '../server.ts'
import { quoted } from './env.ts'
import type { Environment } from './environment.ts'

/** `contrail serve`: runs until SIGTERM or SIGINT, then flushes and exits 0. */
export function register(program: Command, environment: Environment): void {
  const command = program
    .command('serve')
    .description('run the server')
    .option('--config <file>', 'configuration file (default: contrail.yaml when there is one)')
  const flags = Object.keys(settings).filter(flag)
  for (const name of flags) {
    const { help, default: value } = settings[name]!
    const note = value === undefined || value === '' ? '' : `, default ${value}`
    command.option(`${flag(name)} <value>`, `${help} (${variable(name)}${note})`)
  }
  command.addHelpText('after', besidesFlags())
  command.action(async (options: Record<string, string | undefined>) => {
    const config = loadConfig({
      file: readConfigFile(options['config']),
      env: environment.env,
      flags: Object.fromEntries(flags.map((name) => [name, options[optionKey(name)]])),
    })
    // Who reads our output may go away; the audit goes on without them.
    for (const output of [environment.stdout, environment.stderr]) output.on('error', () => {})
    // What is written below is its owner's alone, whatever makes the files.
    process.umask(0o077)
    const log = jsonLog((line) => environment.stderr.write(line), Date.now)
    const server = await startServer({ config, log })
    environment.stdout.write(greeting(server, environment.version))
    await untilSignalled()
    await server.stop()
  })
}

/** The settings that have no flag. */
function besidesFlags(): string {
  const names = Object.keys(settings).filter((name) => !flag(name))
  const lines = names.map(
    (name) => `  ${name.padEnd(20)}${variable(name) ?? settings[name]!.help}\n`,
  )
  return `
In contrail.yaml or the environment, or in the file only, as they are secrets or
tables (docs/proxy.md, docs/feeds.md):
${lines.join('')}`
}

/** Commander's key of a flag: `--limits-lookup-rate` → `limitsLookupRate`. */
function optionKey(name: string): string {
  return name.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase())
}

function greeting({ url, config, created }: RunningServer, version: string): string {
  const data = resolve(config.data)
  const lines = [
    `Contrail ${version} is ready.`,
    '',
    `  endpoint     ${url}`,
    `  data         ${data}`,
    `  credentials  ${data}/credentials (profile contrail)`,
    `  bulk ingest  ${url}/ingest/cloudtrail, token in ${data}/ingest-tokens`,
  ]
  if (created) {
    lines.push(
      '',
      `The root key of account ${config.account}, made now and shown this once:`,
      `  access key id      ${created.accessKeyId}`,
      `  secret access key  ${created.secret}`,
    )
  }
  if (config.auth === 'open') {
    lines.push('', 'WARNING: auth is open. Any key is the root of the account; nobody is verified.')
  }
  const env = data === resolve('data') ? 'env' : `env --data ${quoted(data)}`
  lines.push('', 'In another shell:', '', `  eval "$(./contrail ${env})"`, '')
  lines.push('  aws iam create-user --user-name alice', '  aws cloudtrail lookup-events', '')
  return `${lines.join('\n')}\n`
}

/**
 * Goes on listening: Ctrl-C under `npm start` arrives twice, from the terminal and from npm, and the
 * second must not kill what is still being flushed.
 */
function untilSignalled(): Promise<void> {
  return new Promise((done) => {
    process.on('SIGTERM', () => done())
    process.on('SIGINT', () => done())
  })
}
