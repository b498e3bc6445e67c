// What surprises in the values that Azure Service Connector writes for Spring.

/**
 * The identity library of Java exchanges the token of the pod where the webhook has put it, also as a managed identity:
 * https://github.com/Azure/azure-sdk-for-java/blob/main/sdk/identity/azure-identity/src/main/java/com/azure/identity/ManagedIdentityCredential.java
 */
export const managedIdentityInSpring =
  'with `springBoot` and `workload-identity`, `managed-identity-enabled` is `true`, as Azure Service Connector writes it: Java’s identity library then exchanges the token of a pod that has the label `azure.workload.identity/use`, and asks for the identity of the node in one that has not'
