import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../clock.ts'
import { loadConfig, proxyTokenVariable, readConfigFile, settings, variable } from '../config.ts'
import { systemIds } from '../ids.ts'
import { readEndpoint, readIngestToken } from '../installation.ts'
import { limits } from '../limits.ts'
import { jsonLog } from '../log.ts'
import { type ProxySetting, startProxy } from '../proxy/proxy.ts'
import { remoteLedger } from '../proxy/remote-ledger.ts'
import { auditFailure, upstreamUrl } from '../proxy-settings.ts'
import { Registry } from '../registry/registry.ts'
import { type Address, hostAndPort } from '../setting-values.ts'
import { readTls } from '../tls-files.ts'
import type { Environment } from './environment.ts'

type Options = Readonly<{
  upstream: URL
  listen: Address
  name: string
  onAuditFailure: string
  data?: string
  config?: string
  server?: URL
  feed: string
  token?: string
  sign?: boolean
  tlsCert?: string
  tlsKey?: string
  plaintext?: boolean
  trustedProxies?: string
}>

/** `contrail proxy`: passes calls to another service on, and has a running server record them. */
export function register(program: Command, environment: Environment): void {
  program
    .command('proxy')
    .description('stand in front of an AWS-compatible service and record the calls to it')
    .requiredOption('--upstream <url>', 'the service, http(s)://host:port', parsed(upstreamUrl))
    .requiredOption(
      '--listen <address>',
      'where its clients connect instead, host:port',
      parsed(hostAndPort),
    )
    .option('--name <name>', 'in its records; unlike any other proxy', 'proxy')
    .addOption(
      new Option('--on-audit-failure <mode>', 'what becomes of calls that cannot be recorded')
        .choices(['pass', 'reject'])
        .default('pass'),
    )
    .option('--data <folder>', 'data folder of the running server (CONTRAIL_DATA)')
    .option('--config <file>', 'configuration file (default: contrail.yaml when there is one)')
    .option(
      '--server <url>',
      'the running server, where its data folder is elsewhere',
      parsed(upstreamUrl),
    )
    .option(
      '--feed <name>',
      'whose token is given in CONTRAIL_PROXY_TOKEN or the data folder',
      'cloudtrail',
    )
    .option('--sign', 'prove callers and sign anew, with AWS_ACCESS_KEY_ID and its secret')
    .option('--tls-cert <file>', 'PEM certificate chain; takes HTTPS')
    .option('--tls-key <file>', 'PEM private key of the certificate')
    .option('--plaintext', 'take plain HTTP on an address that is not loopback')
    .option(
      '--trusted-proxies <blocks>',
      `${settings['trustedProxies']!.help} (${variable('trustedProxies')})`,
    )
    .action((options: Options) => runProxy(options, environment))
}

/** An option's value; what is wrong with it is told with the option's name. */
function parsed<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }
}

async function runProxy(options: Options, environment: Environment): Promise<void> {
  const { env, stdout, stderr } = environment
  const config = loadConfig({
    file: readConfigFile(options.config),
    env,
    flags: { data: options.data, trustedProxies: options.trustedProxies },
  })
  const server = options.server ?? readEndpoint(config.data)
  const token = env[proxyTokenVariable] ?? readIngestToken(config.data, options.feed)
  if (!token) {
    throw new Error(
      `no token of the feed ${options.feed} in ${resolve(config.data)}; set ${proxyTokenVariable}`,
    )
  }
  const log = jsonLog((line) => stderr.write(line), Date.now)
  const ended = Promise.withResolvers<void>()
  const proxy = await startProxy({
    setting: settingOf(options, env),
    ledger: remoteLedger(server, options.feed, token),
    registry: new Registry(),
    bucketSuffixes: config.bucketSuffixes,
    accountId: config.account,
    region: config.region,
    regions: config.regions,
    trustedProxies: config.trustedProxies,
    clock: systemClock,
    ids: systemIds,
    limits,
    log,
    onRunEnded: () => ended.reject(new Error('another proxy of the same name has begun')),
  })
  const { address, port } = proxy.address
  const host = address.includes(':') ? `[${address}]` : address
  stdout.write(`The proxy is ready.\n\n  listens      ${host}:${port}\n`)
  stdout.write(`  upstream     ${options.upstream.origin}\n  records to   ${server.origin}\n`)
  process.on('SIGTERM', () => ended.resolve())
  process.on('SIGINT', () => ended.resolve())
  try {
    await ended.promise
  } finally {
    await proxy.close()
  }
}

function settingOf(options: Options, env: Environment['env']): ProxySetting {
  const { name, listen, upstream, onAuditFailure, sign, tlsCert, tlsKey, plaintext } = options
  const isLoopback = /^(127\.|::1$|localhost$)/.test(listen.host)
  if (!isLoopback && !tlsCert && !plaintext) {
    throw new Error(`${listen.host} is not loopback; give --tls-cert and --tls-key, or --plaintext`)
  }
  if (!tlsCert !== !tlsKey) throw new Error('--tls-cert and --tls-key belong together')
  if (!/^[a-z0-9-]{1,64}$/.test(name)) throw new Error(`a proxy's name is a-z, 0-9, -: ${name}`)
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret } = env
  if (sign && !(accessKeyId && secret)) {
    throw new Error('--sign needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  }
  const sessionToken = env['AWS_SESSION_TOKEN']
  const tls = readTls(options)
  return {
    name,
    listen,
    upstream,
    onAuditFailure: auditFailure(onAuditFailure),
    ...(sign && { sign: { accessKeyId: accessKeyId!, secret: secret!, sessionToken } }),
    ...(tls && { tls }),
  }
}
