// Terraform as people run it: a folder with a configuration, the stock AWS provider from a local mirror.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestServer } from './server.ts'
import { hasTool, runTool } from './tools.ts'

/** Where machines keep the provider for use without a network. */
const mirrors = [process.env['TF_PLUGINS'], '/opt/tf-plugins', '/usr/share/tf-plugins']
const mirror = mirrors.find((folder) => folder && existsSync(folder))

/** True when `terraform` and a mirror of its AWS provider are here; otherwise says loudly what is skipped. */
export function hasTerraform(whatIsSkipped: string): boolean {
  if (!mirror) {
    const looked = mirrors.filter(Boolean).join(', ')
    console.warn(`\n!!! SKIPPED: ${whatIsSkipped}: no provider mirror in ${looked} !!!\n`)
    return false
  }
  return hasTool('terraform', ['version'], whatIsSkipped)
}

/** What `terraform show` tells of one resource. */
export type Resource = Readonly<{ address: string; type: string; values: Record<string, any> }>

/** One folder with one state. */
export class Terraform {
  readonly #folder = mkdtempSync(join(tmpdir(), 'contrail-terraform-'))
  readonly #env: Readonly<Record<string, string>>

  constructor(server: Pick<TestServer, 'clientEnv'>) {
    const settings = join(this.#folder, 'terraform.rc')
    writeFileSync(
      settings,
      `provider_installation {\n  filesystem_mirror { path = "${mirror}" }\n}\n`,
    )
    this.#env = {
      ...server.clientEnv,
      TF_CLI_CONFIG_FILE: settings,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
    }
  }

  async init(configuration: string): Promise<void> {
    this.configure(configuration)
    await this.#run('init', '-backend=false', '-input=false')
  }

  configure(configuration: string): void {
    writeFileSync(join(this.#folder, 'main.tf'), configuration)
  }

  async apply(): Promise<void> {
    await this.#run('apply', '-auto-approve', '-input=false')
  }

  /** What would be changed; empty when the configuration and the server agree. */
  async plan(): Promise<string[]> {
    const file = join(this.#folder, 'plan')
    await this.#run('plan', '-input=false', `-out=${file}`)
    const plan = JSON.parse(await this.#run('show', '-json', file))
    const changes: any[] = plan.resource_changes ?? []
    return changes
      .filter(({ change }) => change.actions.join() !== 'no-op')
      .map(({ address, change }) => {
        const keys = Object.keys({ ...change.before, ...change.after })
        const differing = keys.filter((key) => {
          return JSON.stringify(change.before?.[key]) !== JSON.stringify(change.after?.[key])
        })
        return `${address} ${change.actions.join()}: ${differing.join()}`
      })
  }

  /** The resources in the state, by address. */
  async resources(): Promise<ReadonlyMap<string, Resource['values']>> {
    const { values } = JSON.parse(await this.#run('show', '-json'))
    const found: Resource[] = values?.root_module?.resources ?? []
    return new Map(found.map(({ address, values }) => [address, values]))
  }

  /** Forgets a resource and reads it from the server anew. */
  async reimport(address: string, id: string): Promise<void> {
    await this.#run('state', 'rm', address)
    await this.#run('import', '-input=false', address, id)
  }

  async destroy(): Promise<void> {
    await this.#run('destroy', '-auto-approve', '-input=false')
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #run(...args: string[]): Promise<string> {
    return runTool('terraform', [`-chdir=${this.#folder}`, ...args, ...colorless(args)], this.#env)
  }
}

function colorless([command]: readonly string[]): string[] {
  return command === 'state' || command === 'import' ? [] : ['-no-color']
}
