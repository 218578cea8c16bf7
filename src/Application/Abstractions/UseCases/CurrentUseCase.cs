namespace GoApi.Application.Abstractions.UseCases;

/// <summary>What is being done in this scope, as <c>module.verb</c>; it names the span and the audit entry.</summary>
public sealed class CurrentUseCase
{
    /// <summary>Null where no use case is running (start-up, maintenance).</summary>
    public string? Action { get; private set; }

    public void Enter(string action) => Action = action;
}

/// <summary>The verb of the audit action, where the name of the use case does not give the one that the contract has.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AuditActionAttribute(string action) : Attribute
{
    public string Action { get; } = action;
}
