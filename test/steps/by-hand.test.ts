import { describe, expect, it } from 'vitest'
import { byHandCredentials, byHandFirewall, byHandIdentity, byHandObjects } from '../../src/steps/by-hand.ts'
import { ensureIdentity } from '../../src/steps/ensure-identity.ts'
import { federateIdentity } from '../../src/steps/federate-identity.ts'
import { openFirewall } from '../../src/steps/open-firewall.ts'
import { writeResources } from '../../src/steps/write-resources.ts'
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
} from './builders.ts'

const absent = { id: '', state: 'absent' } as const
const members = [connection(), connection({ cluster: mall })]
const others = [
  [shop, clusterFacts()],
  [mall, clusterFacts({ egressIps: ['20.9.9.9'] })],
] as const

describe('by hand', () => {
  it('adds and removes rules of a storage account, and lists all of them for Bicep and Terraform', () => {
    const [one, other] = openFirewall.wanted(viewOf(stdata, { members, others, facts: targetFacts({ network: 'rules' }) })).things
    const changes = [
      { action: 'create' as const, thing: first(one ? [one] : []), seen: absent },
      { action: 'delete' as const, thing: first(other ? [other] : []), seen: absent },
    ]
    const commands = byHandFirewall(stdata.id, changes, ['1.1.1.1', '20.1.2.3'])
    const where = "--subscription 11111111-1111-1111-1111-111111111111 --resource-group 'shop' --account-name 'stdata'"
    expect(commands.cli).toBe(
      `az storage account network-rule add ${where} --ip-address 20.1.2.3\naz storage account network-rule remove ${where} --ip-address 20.9.9.9`,
    )
    expect(commands.bicep).toContain("['1.1.1.1', '20.1.2.3']")
    expect(commands.terraform).toContain('["1.1.1.1", "20.1.2.3"]')
  })

  it('makes an identity that bears our marks, so that it counts as ours', () => {
    const thing = first(ensureIdentity.wanted(viewOf(worker, { members, others })).things)
    const commands = byHandIdentity([{ action: 'create', thing, seen: absent }], { mark: 'ours' })
    expect(commands.cli).toMatch(/^az identity create .*--name 'worker' --location westeurope --tags mark=ours$/)
    expect(commands.bicep).toContain("location: 'westeurope'")
  })

  it('makes a federated credential under the name that we would give it', () => {
    const view = viewOf(worker, { members: [connection()], others, facts: identityFacts() })
    const thing = first(federateIdentity.wanted(view).things)
    const { cli, terraform } = byHandCredentials([{ action: 'create', thing, seen: absent }], worker.id, 'api://AzureADTokenExchange')
    expect(cli).toContain(`--identity-name 'worker' --name ${thing.name} --issuer 'https://issuer/shop/' --subject '${subject()}'`)
    expect(terraform).toContain(`parent_id = "${worker.id}"`)
  })

  it('says how to delete an object, and leaves what goes out of Bicep', () => {
    const self = connection({ auth: 'secret' })
    const view = viewOf(loopOf(self), { self, others: [...others, [stdata, targetFacts()]], facts: { consent: 'granted' } })
    const thing = first(writeResources.wanted(view).things)
    expect(byHandObjects([{ action: 'delete', thing, seen: absent }], () => '').cli).toBe(
      'kubectl delete secret sc-data-secret --namespace orders',
    )
    const identity = first(ensureIdentity.wanted(viewOf(worker, { members, others })).things)
    expect(byHandIdentity([{ action: 'delete', thing: identity, seen: absent }], {}).bicep).toBe('')
  })

  it('makes a Secret of what it shall hold, with a command in the place of a credential', () => {
    const self = connection({ auth: 'secret', customizedKeys: { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'BLOB' } })
    const view = viewOf(loopOf(self), { self, others: [...others, [stdata, targetFacts()]], facts: { consent: 'granted' } })
    const thing = first(writeResources.wanted(view).things)
    const { cli = '' } = writeResources.byHand?.([{ action: 'create', thing, seen: absent }], view) ?? {}
    const [, value = ''] = /^kubectl create secret generic sc-data-secret --namespace orders --from-literal="BLOB=([^"]*)"$/.exec(cli) ?? []
    expect(value).toContain('AccountName=stdata;')
    const url = `${stdata.id}/listKeys?api-version=2024-01-01`
    expect(value).toContain(`AccountKey=$(az rest --method post --url '${url}' --query 'keys[0].value' --output tsv);`)
  })
})
