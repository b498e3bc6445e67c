// What a deployment consists of, as far as it can be checked without a compiler and without Azure: syntax, and that its lists are those of the code.
import { describe, expect, it } from 'vitest'
import actions from '../../infra/actions.json' with { type: 'json' }
import { storageRoles } from '../../src/local/cloud/built-in-roles/storage.ts'
import { parseCondition } from '../../src/local/cloud/conditions.ts'
import { parseAzureEvent } from '../../src/model/azure-event.ts'
import { allGrants } from '../../src/model/grant.ts'
import { secretVersionCreated } from '../../src/model/secret-event.ts'
import { program } from '../../src/steps/program.ts'
import { resources, targets } from '../../src/targets/catalogue.ts'
import { rightsOf } from '../../src/targets/resource.ts'
import { declared, infra, infraFiles, issues, nodesOf, parametersOf, parse, property, propertyNames, stringsIn } from './bicep.ts'
import { actionTiers, eventFilters, mostValues } from './lists.ts'
import { eventFunction, knownSettings, requiredSettings } from './settings.ts'

const main = parse(infra('main.bicep'))
const subscription = parse(infra('subscription.bicep'))
const events = parse(infra('events.bicep'))
const tiers = Object.entries(actions)

describe('Bicep files', () => {
  it.each(infraFiles('.bicep'))('%s is Bicep from the first line to the last', (file) => {
    expect(issues(infra(file))).toEqual([])
  })

  it('would be found out if they were not', () => {
    expect(issues("param a string = 'x'\nresource b 'c@d' = {\n  name: \n}\n")).not.toEqual([])
    expect(issues("param a string = 'x")).not.toEqual([])
  })

  it.each(infraFiles('.bicep').map((file) => [file]))('modules of %s exist and get the parameters that they declare', (file) => {
    for (const module of nodesOf(parse(infra(file)), 'module_declaration')) {
      const path = stringsIn(module)[0] ?? ''
      const given = propertyNames(property(module, 'params'))
      const { required, all } = parametersOf(parse(infra(path)))
      expect({ path, missing: required.filter((name) => !given.includes(name)) }).toEqual({ path, missing: [] })
      expect({ path, unknown: given.filter((name) => !all.includes(name)) }).toEqual({ path, unknown: [] })
    }
  })

  it('the sample of parameters gives every required one, and no unknown one', () => {
    const given = [...infra('main.bicepparam').matchAll(/^param (\w+) = /gm)].map(([, name]) => name ?? '')
    const { required, all } = parametersOf(main)
    expect(given).toEqual(expect.arrayContaining([...required]))
    expect(all).toEqual(expect.arrayContaining(given))
  })
})

describe('The app', () => {
  const settings = propertyNames(property(declared(main, 'settings'), 'properties'))

  it('gets every setting that it requires, and none that it does not know', () => {
    expect(settings).toEqual(expect.arrayContaining(requiredSettings()))
    expect(knownSettings).toEqual(expect.arrayContaining(settings.filter((name) => name.startsWith('CONNECTOR_'))))
  })

  it('is marked with a name that no other deployment has', () => {
    expect(infra('main.bicep')).toContain('param installation string = take(uniqueString(resourceGroup().id, name), 12)\n')
    expect(infra('main.bicepparam')).not.toContain('param installation')
  })

  it('has a storage account without keys, and signs in to it', () => {
    expect(property(parse(infra('storage.bicep')), 'allowSharedKeyAccess').text).toBe('false')
    expect(settings).toContain('AzureWebJobsStorage__accountName')
    expect(settings).not.toContain('AzureWebJobsStorage')
    expect(infraFiles('.bicep').map(infra).join('\n')).not.toMatch(/listKeys\(|AccountKey=/)
  })

  it('is behind App Service authentication, but for the health check and webhooks', () => {
    const authentication = declared(main, 'authentication')
    expect(property(authentication, 'requireAuthentication').text).toBe('true')
    expect(property(authentication, 'unauthenticatedClientAction').text).toBe("'Return401'")
    expect(stringsIn(property(authentication, 'excludedPaths'))).toEqual(['/healthz', '/runtime/webhooks/*'])
  })
})

describe('Events', () => {
  const subscriptionId = crypto.randomUUID()
  const filters = eventFilters()
  const operations = filters.flat()
  const types = stringsIn(property(events, 'includedEventTypes'))

  it('are those that the app makes something of', () => {
    for (const operation of operations) {
      const kind = /\/(write|delete)$/.exec(operation)?.[1] ?? 'action'
      const eventType = types.find((type) => type.toLowerCase().includes(kind))
      const resourceUri = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/${operation.split('/', 2).join('/')}/x`
      expect({ operation, heard: parseAzureEvent({ eventType, data: { resourceUri, operationName: operation } })?.operation }).toEqual({
        operation,
        heard: operation.toLowerCase(),
      })
    }
  })

  it('include what changes the things that steps make', () => {
    const written = tiers.flatMap(([, tier]) => Object.keys(tier.actions)).filter((action) => /\/(write|delete)$/.test(action))
    expect(operations).toEqual(expect.arrayContaining(written))
    expect(operations).toContain('Microsoft.Resources/tags/write')
    for (const { events: heard } of resources) expect(operations).toEqual(expect.arrayContaining([...heard]))
  })

  // Stale? `npx vitest run test/infra -u` writes it.
  it('are those of the code, as many to a subscription as Event Grid can filter by', async () => {
    expect(declared(events, 'filters').text).toContain("loadJsonContent('events.json')")
    for (const values of filters) expect(values.length).toBeLessThanOrEqual(mostValues)
    await expect(`${JSON.stringify(filters, undefined, 2)}\n`).toMatchFileSnapshot('../../infra/events.json')
  })

  it('go to the function that the app registers', () => {
    expect(stringsIn(declared(events, 'functionName'))).toEqual([eventFunction()])
  })

  it('of a vault are those that the app understands, and go to the same function', () => {
    const vault = parse(infra('vault-events.bicep'))
    expect(stringsIn(declared(vault, 'functionName'))).toEqual([eventFunction()])
    expect(stringsIn(property(vault, 'includedEventTypes'))).toEqual([secretVersionCreated])
  })

  it('go to a queue of the storage account of the host as the topic, which may do nothing else there', () => {
    expect(property(events, 'deliveryWithResourceIdentity').text).toContain("identity: { type: 'SystemAssigned' }")
    const [role] = stringsIn(declared(parse(infra('queue-sender.bicep')), 'sender'))
    expect(storageRoles.find(({ id }) => id === role)).toMatchObject({ name: 'Storage Queue Data Message Sender' })
    expect(property(declared(main, 'events'), 'storageAccountId').text).toBe('storage.outputs.id')
    expect(property(declared(main, 'settings'), 'AzureWebJobsStorage__accountName').text).toBe('storage.outputs.name')
  })
})

describe('Rights', () => {
  const roles = Object.fromEntries(
    targets.flatMap((target) => allGrants(target.grants).flatMap(({ kind, id, name }) => (kind === 'azureRole' ? [[id, name]] : []))),
  )
  const roleIds = Object.keys(roles)

  // Stale? `npx vitest run test/infra -u` writes it.
  it('to give roles end with the roles of targets', async () => {
    expect(declared(subscription, 'connectionRoles').text).toContain("objectKeys(loadJsonContent('connection-roles.json'))")
    await expect(`${JSON.stringify(roles, undefined, 2)}\n`).toMatchFileSnapshot('../../infra/connection-roles.json')
  })

  it('to give and take roles hold for service principals and these roles only', () => {
    const [text = ''] = nodesOf(declared(subscription, 'condition'), 'string').map((node) => node.text.slice(3, -3))
    const holds = parseCondition(text.replaceAll('CONNECTION_ROLES', roleIds.join(', ')))
    const attributes = (roleId: string, principalType: string) => ({
      'microsoft.authorization/roleassignments:roledefinitionid': roleId,
      'microsoft.authorization/roleassignments:principaltype': principalType,
    })
    const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
    const write = 'Microsoft.Authorization/roleAssignments/write'
    const remove = 'Microsoft.Authorization/roleAssignments/delete'
    for (const role of roleIds) {
      expect(holds({ action: write, request: attributes(role, 'ServicePrincipal') })).toBe(true)
      expect(holds({ action: remove, resource: attributes(role, 'ServicePrincipal') })).toBe(true)
      expect(holds({ action: write, request: attributes(role, 'User') })).toBe(false)
    }
    expect(holds({ action: write, request: attributes(owner, 'ServicePrincipal') })).toBe(false)
    expect(holds({ action: remove, resource: attributes(owner, 'ServicePrincipal') })).toBe(false)
    expect(holds({ action: write, request: { 'microsoft.authorization/roleassignments:roledefinitionid': roleIds[0] ?? '' } })).toBe(false)
  })

  // Stale? `npx vitest run test/infra -u` writes it.
  it('are those that steps and targets need', async () => {
    await expect(`${JSON.stringify(actionTiers(), undefined, 2)}\n`).toMatchFileSnapshot('../../infra/actions.json')
  })

  it('of the custom role are those of actions.json, tier by tier', () => {
    expect(declared(subscription, 'catalogue').text).toContain("loadJsonContent('actions.json')")
    expect(property(subscription, 'actions').text).toBe('actions')
    const builtIn = new Set(tiers.map(([, tier]) => tier.grantedBy).filter((by) => by !== 'custom role'))
    expect(builtIn).toEqual(new Set(['Azure Kubernetes Service Cluster User Role', 'Role Based Access Control Administrator']))
    const choice = /@allowed\((\[[^\]]*\])\)\nparam rights/.exec(infra('main.bicep'))?.[1] ?? ''
    expect(stringsIn(parse(`var choice = ${choice}\n`))).toEqual(tiers.map(([name]) => name).filter((name) => name !== 'report'))
  })

  it('are each for a step of the program, for a timer, for the preflight, or for an import', () => {
    const users = new Set([...program.map(({ name }) => name), 'preflight', 'discover', 'sweep', 'import'])
    for (const [, tier] of tiers) for (const steps of Object.values(tier.actions)) for (const step of steps) expect(users).toContain(step)
  })

  it('to write what a step makes are given where it can apply', () => {
    const given = (tier: keyof typeof actions): readonly string[] => Object.keys(actions[tier].actions)
    for (const { rights } of resources) {
      expect(given('report')).toEqual(expect.arrayContaining([...rights.read]))
      expect(given('firewalls')).toEqual(expect.arrayContaining([...rights.firewall]))
      expect(given('keys')).toEqual(expect.arrayContaining([...rights.credential]))
    }
    const ofTargets = [...given('firewalls'), ...given('keys')]
    expect(ofTargets.filter((action) => !resources.some((resource) => rightsOf(resource).includes(action)))).toEqual([])
  })

  it('are never those of an owner or contributor', () => {
    const all = infraFiles('.bicep').map(infra).join('\n')
    for (const id of [
      '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
      'b24988ac-6180-42a0-ab88-20f7382dd24c',
      '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    ])
      expect(all).not.toContain(id)
    expect(JSON.stringify(actions)).not.toContain('*')
  })
})
