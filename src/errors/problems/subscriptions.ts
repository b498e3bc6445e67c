// What is the matter with a subscription, a tenant or a resource group as a whole.

import { links, type Rows } from './row.ts'

export const subscriptionRows = {
  ProviderNotRegistered: {
    kind: 'change',
    text: 'The subscription is not registered with {provider}, which is needed to {doing}.',
    cause: 'A resource provider must be registered once in each subscription.',
    remediation: 'Register it; this needs a right on the whole subscription.',
    link: links.providers,
    commands: {
      cli: 'az provider register{where}--namespace {provider}',
      terraform: 'resource "azurerm_resource_provider_registration" "provider" {\n  name = "{provider}"\n}',
    },
    words: (about) => ({ where: about.subscription ? ` --subscription ${about.subscription} ` : ' ' }),
  },
  WrongTenant: {
    kind: 'fault',
    text: 'What the app needs to {doing} belongs to another Entra tenant.',
    cause: 'A managed identity gets tokens of its own tenant only, and Azure accepts no others for this resource: {message}',
    remediation:
      "Name a resource in a subscription of the app's tenant, move the subscription to this tenant, or install the app in the other tenant as well.",
    link: links.tenants,
  },
  SubscriptionDisabled: {
    kind: 'fault',
    text: 'The subscription is disabled, so the app cannot {doing}.',
    cause: 'A disabled subscription is read-only: {message}',
    remediation: 'The billing owner must enable the subscription again; the app then continues by itself.',
    link: links.disabledSubscription,
  },
  SubscriptionNotFound: {
    kind: 'fault',
    text: 'The app cannot {doing}: Azure does not find the subscription.',
    cause: 'The id is misspelled, or the subscription was deleted or moved to another tenant: {message}',
    remediation: 'Correct the id of the resource. A moved subscription keeps its id, but only an app in its new tenant can use it.',
    link: links.subscriptionNotFound,
  },
  LimitReached: {
    kind: 'budget',
    text: 'An Azure limit is reached: {doing}. {message}',
    cause: 'The subscription or resource holds as many of these as Azure allows.',
    remediation: 'Delete some that are not needed, or ask Azure support to raise the limit.',
    link: links.limits,
  },
  GroupBeingDeleted: {
    kind: 'fault',
    text: 'The resource group is being deleted, so the app cannot {doing}.',
    cause: '{message}',
    remediation: 'Wait until the group is gone, then remove the declarations of its connections.',
    link: links.armErrors,
  },
} as const satisfies Rows
