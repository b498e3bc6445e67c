// What Azure Service Connector connects other services to, and clusters not: the answer names the reason, because its documentation lists them
// (https://learn.microsoft.com/azure/service-connector/overview).

const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /^(fabric-?sql|fabricplatform)$/i,
    'SQL databases in Microsoft Fabric: Azure Service Connector connects web apps, functions, Spring apps and container apps to them, and no AKS clusters',
  ],
  [/^containerapp$/i, 'container apps: Azure Service Connector connects container apps to each other, and no AKS clusters to them'],
]

/** `word`: of a tag, or the `type` of a linker's targetService. `undefined`: it is not one of them. */
export const notOnAks = (word: string): string | undefined => reasons.find(([pattern]) => pattern.test(word.trim()))?.[1]
