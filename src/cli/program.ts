import { Command } from 'commander'
import { errorText } from '../error-text.ts'
import type { Environment } from './environment.ts'
import { isReaderGone } from './output.ts'

type CommandModule = { register(program: Command, environment: Environment): void }

/** Every command, loaded only when it is the one that runs. */
const commands: Readonly<Record<string, { summary: string; load(): Promise<CommandModule> }>> = {
  serve: { summary: 'run the server', load: () => import('./serve.ts') },
  proxy: { summary: 'record what passes to another service', load: () => import('./proxy.ts') },
  env: { summary: 'print shell lines that point AWS tools here', load: () => import('./env.ts') },
  lookup: { summary: 'search events by any attributes', load: () => import('./lookup.ts') },
  tail: { summary: 'print events as they come in', load: () => import('./tail.ts') },
  import: { summary: 'take log files in', load: () => import('./import.ts') },
  export: { summary: 'write events out as they came in', load: () => import('./export.ts') },
  verify: { summary: 'prove delivered log files', load: () => import('./verify.ts') },
  fsck: { summary: 'verify everything on disk from outside', load: () => import('./fsck.ts') },
  bench: { summary: 'measure what is promised about speed', load: () => import('./bench.ts') },
}

/** Commands of the plan that are not built; each is refused by name (docs/operations.md lists them). */
const notBuilt = ['query', 'doctor', 'cost', 'demo']

/** Runs the command line; resolves with the exit code. */
export async function run(argv: readonly string[], environment: Environment): Promise<number> {
  const program = new Command('contrail')
    .description('An audit trail you run yourself, wire-compatible with AWS CloudTrail.')
    .version(environment.version)
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void environment.stdout.write(text),
      writeErr: (text) => void environment.stderr.write(text),
    })
  const chosen = argv[0] === 'help' ? argv[1] : argv[0]
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (name === chosen) (await load()).register(program, environment)
    else program.command(name).description(summary)
  }
  for (const name of notBuilt) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new Error(`${name} is not built yet; docs/operations.md says what is`)
      })
  }
  // Without a listener a stream's error would end the process before the write's own does.
  for (const output of [environment.stdout, environment.stderr]) output.on('error', () => {})
  try {
    await program.parseAsync(argv, { from: 'user' })
    return environment.exitCode ?? 0
  } catch (error) {
    if (isReaderGone(error)) return environment.exitCode ?? 0
    if (error instanceof Error && 'exitCode' in error) return Number(error.exitCode)
    environment.stderr.write(`contrail: ${errorText(error)}\n`)
    return 1
  }
}
