// The app settings of `--azure`: local.settings.json, where Functions' own tools keep them, and the environment, which wins.
// https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file

import { readFileSync } from 'node:fs'
import { z } from 'zod'

const file = 'local.settings.json'
const fileSchema = z.looseObject({ Values: z.record(z.string(), z.string()).default({}) })

/** No event tells of a changed tag here, so each loop reads more often than once a day. */
const withoutEvents = { CONNECTOR_AUDIT_MINUTES: '10' }

/** Without these the app cannot begin. Their form is checked by the app itself. */
const required: Readonly<Record<string, string>> = {
  CONNECTOR_STORAGE_ACCOUNT:
    'name of a storage account for the table of the connector; you need the role Storage Table Data Contributor on it',
  CONNECTOR_TENANT_ID: 'id of your tenant: az account show --query tenantId -o tsv',
  CONNECTOR_AUDIENCE:
    'audience of tokens for the connector, such as api://<client id>, of an app registration with the app roles Connections.Read, Connections.Write and Policies.Write',
}

/** @throws Error that names everything that is missing. */
export function realSettings(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const values = { ...withoutEvents, ...fromFile(), ...given(env) }
  const missing = Object.entries(required).filter(([name]) => !(values as Readonly<Record<string, string>>)[name])
  if (missing.length > 0)
    throw new Error(
      `settings are missing. Set them in the environment or in ${file} (local.settings.sample.json shows its form):\n` +
        missing.map(([name, what]) => `  ${name}: ${what}`).join('\n'),
    )
  return values
}

const given = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (/^(CONNECTOR_|AZURE_)/.test(name) && value ? [[name, value]] : [])))

function fromFile(): Record<string, string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return {}
  }
  try {
    // what has not been filled in yet looks like <this>
    return Object.fromEntries(
      Object.entries(fileSchema.parse(JSON.parse(text)).Values).filter(([, value]) => value !== '' && !/^<.*>$/.test(value)),
    )
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
}
