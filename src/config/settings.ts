// What each setting of the app must look like; its message says so.
import * as z from 'zod'
import { onDeletes } from '../model/connection.ts'
import { isPublicRange, rulesOf } from '../model/egress.ts'
import { sweepModes } from '../model/leftover.ts'
import { isStepName, stepNames } from '../model/step-name.ts'

const minutes = (fallback: number) =>
  z.coerce
    .number()
    .positive()
    .max(60_000)
    .default(fallback)
    .transform((value) => value * 60_000)

/** The smallest prefixes of public addresses that Azure gives out: https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-address-prefix */
const isOwnAddress = (address: string): boolean => isPublicRange(address) && Number(address.split('/')[1] ?? 32) >= 28

/** https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata#queue-names */
export const eventQueueName = z.string().regex(/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/, 'is the name of a Storage queue')

export const settings = z.object({
  CONNECTOR_STORAGE_ACCOUNT: z.string().regex(/^[a-z0-9]{3,24}$/, 'is the name of the storage account that holds the table'),
  CONNECTOR_TABLE: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,62}$/, 'is a table name: letters and digits')
    .default('connector'),
  CONNECTOR_TENANT_ID: z.uuid('is the tenant id, a UUID'),
  CONNECTOR_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9]{1,12}$/, 'is 1 to 12 of a-z 0-9')
    .default('main'),
  /** Comma-separated: `api://<client id>,<client id>`. */
  CONNECTOR_AUDIENCE: z
    .string()
    .min(1, 'is the audience of tokens for this app: api://<client id of its app registration>')
    .transform((text) => text.split(',').map((audience) => audience.trim())),
  /** The app's URL for callers, if a proxy in front does not report it in its headers. */
  CONNECTOR_PUBLIC_URL: z.url({ protocol: /^https$/ }).optional(),
  CONNECTOR_CALLERS: z.literal('entra', "is 'entra'; 'key' is not supported yet").default('entra'),
  CONNECTOR_IDENTITY_GROUP: z
    .string()
    .regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i, 'is a resource group id')
    .optional(),
  CONNECTOR_KEY_VAULT: z
    .string()
    .regex(/^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/?$/i, 'is the address of a Key Vault: https://<name>.vault.azure.net')
    .transform((text) => text.toLowerCase().replace(/\/$/, ''))
    .optional(),
  CONNECTOR_ON_DELETE: z.enum(onDeletes, `is ${onDeletes.join(' or ')}`).default('remove'),
  CONNECTOR_PUBLISH_STATUS: z.enum(['on', 'off'], "is 'on' or 'off'").default('on'),
  /** Read at start, too: without it no queue is listened to. */
  CONNECTOR_EVENT_QUEUE: eventQueueName.optional(),
  /** Read at start, too: without it nothing is announced. */
  CONNECTOR_EVENTS_ENDPOINT: z.url({ protocol: /^https$/, error: 'is the https:// address that events are sent to' }).optional(),
  CONNECTOR_EVENTS_AUDIENCE: z.string().min(1).optional(),
  CONNECTOR_DECLARE_IN_CLUSTER: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  CONNECTOR_TARGET_CONSENT: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  /** Read as firewall rules, each once. */
  CONNECTOR_OWN_ADDRESSES: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine(
      (addresses) => addresses.length <= 16 && addresses.every(isOwnAddress),
      'is a list of at most 16 public IPv4 addresses, or prefixes of a /28 or less, with which the app goes out: 20.1.2.3,20.1.2.16/28',
    )
    .transform((addresses) => [...new Set(addresses.flatMap(rulesOf))].sort())
    .optional(),
  CONNECTOR_FLUX_ACCOUNT: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'is the name of a storage account that only the app writes to, and that Flux reads from')
    .optional(),
  CONNECTOR_PROVE_ACCESS: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  CONNECTOR_REPORT_STEPS: z
    .string()
    .default('')
    .transform(
      (text) =>
        new Set(
          text
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== ''),
        ),
    )
    .refine((names) => [...names].every(isStepName), `is a list of step names: ${Object.values(stepNames).flat().join(', ')}`),
  CONNECTOR_GRACE_MINUTES: minutes(30),
  CONNECTOR_MASS_GRACE_MINUTES: minutes(24 * 60),
  CONNECTOR_GONE_AFTER_MINUTES: minutes(10),
  CONNECTOR_LEAVING_MINUTES: minutes(60),
  CONNECTOR_KEY_OVERLAP_MINUTES: minutes(24 * 60),
  CONNECTOR_AUDIT_MINUTES: minutes(24 * 60),
  CONNECTOR_SWEEP: z.enum(sweepModes, `is one of ${sweepModes.join(', ')}`).default('report'),
  CONNECTOR_SWEEP_GRACE_MINUTES: minutes(24 * 60),
  CONNECTOR_SWEEP_MOST: z.coerce.number().int().min(1).max(10_000).default(100),
  CONNECTOR_SWEEP_SHARE: z.coerce
    .number()
    .positive()
    .max(100)
    .default(25)
    .transform((percent) => percent / 100),
  CONNECTOR_REQUEST_TIMEOUT_SECONDS: z.coerce
    .number()
    .positive()
    .max(300)
    .default(30)
    .transform((value) => value * 1000),
  /** Client id of a user-assigned identity of the app; absent = its system-assigned one. */
  AZURE_CLIENT_ID: z.uuid().optional(),
  /** As the SDK's own sign-in reads it. */
  AZURE_AUTHORITY_HOST: z.url({ protocol: /^https$/, error: 'is where identities sign in: https://login.microsoftonline.com' }).optional(),
  IDENTITY_ENDPOINT: z.string().optional(),
})
