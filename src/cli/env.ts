import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadConfig, readConfigFile } from '../config.ts'
import { readCredentials, readEndpoint } from '../installation.ts'
import type { Environment } from './environment.ts'

/** `eval "$(./contrail env)"`: the AWS CLI, boto3 and Terraform then talk to this server. */
export function register(program: Command, environment: Environment): void {
  program
    .command('env')
    .description('print shell lines that point the AWS CLI, SDKs and Terraform at this server')
    .option('--data <folder>', 'the data folder of the server')
    .option('--config <file>', 'configuration file')
    .option('--json', 'the same as one JSON object')
    .action((options: { data?: string; config?: string; json?: boolean }) => {
      const variables = shellVariables(options, environment)
      const print = options.json
        ? `${JSON.stringify(variables)}\n`
        : Object.entries(variables)
            .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
            .join('')
      environment.stdout.write(print)
    })
}

function shellVariables(
  options: { data?: string; config?: string },
  environment: Environment,
): Record<string, string> {
  const config = loadConfig({
    file: readConfigFile(options.config),
    env: environment.env,
    flags: { data: options.data },
  })
  const credentials = readCredentials(config.data)
  if (!credentials) {
    throw new Error(
      `no credentials in ${resolve(config.data)}; start the server first (npm start), or name its ` +
        'folder with --data or CONTRAIL_DATA',
    )
  }
  return {
    AWS_ENDPOINT_URL: readEndpoint(config.data).origin,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secret,
    AWS_DEFAULT_REGION: config.region,
  }
}

/** Safe inside a POSIX shell whatever the value holds. */
export function quoted(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}
