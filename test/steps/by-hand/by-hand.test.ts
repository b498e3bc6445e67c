import { describe, expect, it } from 'vitest'
import type { Change, ManagedObject } from '../../../src/model/managed-object.ts'
import { byHandCredentials, byHandIdentity } from '../../../src/steps/by-hand/azure.ts'
import { byHandFeatures } from '../../../src/steps/by-hand/cluster.ts'
import { byHandFirewall } from '../../../src/steps/by-hand/firewall.ts'
import { byHandObjects } from '../../../src/steps/by-hand/objects.ts'
import { byHandRoles } from '../../../src/steps/by-hand/roles.ts'
import { writeResources } from '../../../src/steps/connection/write-resources.ts'
import { assignRoles } from '../../../src/steps/identity/assign-roles.ts'
import { ensureIdentity } from '../../../src/steps/identity/ensure-identity.ts'
import { federateIdentity } from '../../../src/steps/identity/federate-identity.ts'
import { openFirewall } from '../../../src/steps/target/open-firewall.ts'
import { storageAccount } from '../../../src/targets/resources/storage-account.ts'
import {
  clusterFacts,
  connection,
  first,
  identityFacts,
  loopOf,
  mall,
  shop,
  stdata,
  subject,
  targetFacts,
  viewOf,
  worker,
} from '../builders.ts'

const absent = { id: '', state: 'absent' } as const
const change = <T extends ManagedObject>(action: Change['action'], object: T): Change<T> => ({ action, object, observed: absent })
const members = [connection({ provided: true }), connection({ cluster: mall, provided: true })]
const others = [
  [shop, clusterFacts()],
  [mall, clusterFacts({ egressIps: ['20.9.9.9'] })],
] as const
const marks = { 'aks-service-connector-installation': 'test', 'aks-service-connector-loop': worker.key }
const identity = first(ensureIdentity.desired(viewOf(worker, { members: [connection()], others })).objects)
const self = connection({ auth: 'secret' })
const secretView = viewOf(loopOf(self), { self, others: [...others, [stdata, targetFacts()]], facts: { consent: 'granted' } })
const object = first(writeResources.desired(secretView).objects)

describe('by hand', () => {
  it('adds and removes rules of an account, and leaves those of others in Bicep and Terraform, which replace all of them', () => {
    const [one, other] = openFirewall.desired(viewOf(stdata, { members, others, facts: targetFacts({ network: 'rules' }) })).objects
    const changes = [change('create', first([one])), change('delete', first([other]))]
    const rules = { ips: ['1.1.1.1', '20.1.2.3'], subnets: ['/subnets/s'], bypass: 'Logging, Metrics' }
    const { cli, bicep, terraform } = byHandFirewall(stdata.id, changes, rules, storageAccount.firewall) ?? {}
    const where = "--subscription 11111111-1111-1111-1111-111111111111 --resource-group 'shop' --account-name 'stdata'"
    expect(cli).toBe(
      `az storage account network-rule add ${where} --ip-address 20.1.2.3\naz storage account network-rule remove ${where} --ip-address 20.9.9.9`,
    )
    for (const text of ["defaultAction: 'Deny'", "bypass: 'Logging, Metrics'", "['1.1.1.1', '20.1.2.3']", "['/subnets/s']"])
      expect(bicep).toContain(text)
    for (const text of ['default_action             = "Deny"', '["Logging", "Metrics"]', '["1.1.1.1", "20.1.2.3"]', '["/subnets/s"]'])
      expect(terraform).toContain(text)
  })

  it('makes an identity with the owner mark in all three languages', () => {
    const { cli, bicep, terraform } = byHandIdentity([change('create', identity)], marks) ?? {}
    for (const text of [cli, bicep, terraform]) expect(text).toMatch(new RegExp(`aks-service-connector-loop'?"?(=|: '| = ")${worker.key}`))
    expect(bicep).toContain("location: 'westeurope'")
  })

  it('puts the marks of an identity back, and replaces no other tag', () => {
    expect(byHandIdentity([change('update', identity)], marks)).toEqual({
      cli: expect.stringMatching(
        /^az tag update --operation Merge --resource-id '.*worker' --tags aks-service-connector-installation=test/,
      ),
    })
  })

  it('makes federated credentials under their names, one after the other', () => {
    const view = viewOf(worker, {
      members,
      others: [
        [shop, clusterFacts()],
        [mall, clusterFacts({ issuer: 'https://issuer/mall/' })],
      ],
      facts: identityFacts(),
    })
    const { objects } = federateIdentity.desired(view)
    const { cli, bicep, terraform } =
      byHandCredentials(
        objects.map((object) => change('create', object)),
        worker.id,
        'api://AzureADTokenExchange',
      ) ?? {}
    const shops = first(objects.filter(({ issuer }) => issuer.includes('shop')))
    expect(cli).toContain(`--identity-name 'worker' --name ${shops.name} --issuer 'https://issuer/shop/' --subject '${subject()}'`)
    expect(bicep).toMatch(/resource credential2 [\s\S]*dependsOn: \[credential\]/)
    expect(terraform).toMatch(/"credential2" [\s\S]*depends_on +=/)
  })

  it('corrects a federated credential that is there, and declares none twice', () => {
    const view = viewOf(worker, { members: [connection()], others, facts: identityFacts() })
    const commands = byHandCredentials([change('update', first(federateIdentity.desired(view).objects))], worker.id, 'aud')
    expect(commands).toEqual({ cli: expect.stringContaining('az identity federated-credential update') })
  })

  it('assigns a role under the name and description of the app', () => {
    const view = viewOf(worker, { members: [connection()], others, facts: identityFacts() })
    const object = first(assignRoles.desired(view).objects)
    const commands = byHandRoles([change('create', object)], { installation: 'test', loop: worker.key }, () => '2024-01-01')
    const description = `aks-service-connector installation=test loop=${worker.key}`
    for (const text of Object.values(commands ?? {})) expect([text.includes(object.name), text.includes(description)]).toEqual([true, true])
    expect(commands?.bicep).toContain("resource target 'Microsoft.Storage/storageAccounts@2024-01-01' existing")
  })

  it('turns on only the feature that is off', () => {
    expect(byHandFeatures(shop.id, ['workload-identity'])?.cli).toMatch(/--name 'shop' --enable-workload-identity$/)
  })

  it('says how to delete, and declares nothing that goes', () => {
    expect(byHandObjects([change('delete', object)], 'test', () => ({ annotations: {} }))).toEqual({
      cli: 'kubectl delete secret sc-data-secret --namespace orders',
    })
    expect(byHandIdentity([change('delete', identity)], marks)).toEqual({ cli: expect.stringMatching(/^az identity delete /) })
  })

  it('offers no line for an object that only the extension can write', () => {
    const byExtension = { ...object, transport: 'extension' as const }
    expect(byHandObjects([change('create', byExtension)], 'test', () => ({ annotations: {} }))).toBeUndefined()
  })

  it('takes over a field of the app that another manager changed, and none otherwise', () => {
    const line = (action: Change['action']) => byHandObjects([change(action, object)], 'test', () => ({ annotations: {} }))?.cli
    expect(line('update')).toContain('--force-conflicts')
    expect(line('create')).not.toContain('--force-conflicts')
  })

  it('makes a Secret of what it is to hold, with a command in the place of a credential, and with the owner mark', () => {
    const own = connection({ auth: 'secret', customizedKeys: { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'BLOB' } })
    const view = viewOf(loopOf(own), { self: own, others: [...others, [stdata, targetFacts()]], facts: { consent: 'granted' } })
    const { cli = '' } = writeResources.byHand?.([change('create', first(writeResources.desired(view).objects))], view) ?? {}
    const [, value = ''] =
      /^kubectl create secret generic sc-data-secret --namespace orders --from-literal='BLOB=(.*?)' --dry-run/.exec(cli) ?? []
    expect(value).toContain('AccountName=stdata;')
    const url = `${stdata.id}/listKeys?api-version=2024-01-01`
    expect(value).toContain(
      `AccountKey='"$(az rest --method post --url '${url}' --query "keys[?keyName=='key1'].value | [0]" --output tsv)"';`,
    )
    expect(cli).toMatch(
      /kubectl label .*'service-connector\/installation=test'.*kubectl apply --server-side --field-manager aks-service-connector --filename -$/,
    )
  })
})
