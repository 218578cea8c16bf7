namespace GoApi.Application.Abstractions.Auditing;

public enum AuditStatus
{
    Success,
    Failure,
    Denied,
}

/// <summary>
/// For what no tracked change shows: a failed log-in, a denial, a token that was issued. Changes of aggregates have
/// their entry without anyone asking. The entry is written by the next save, in its transaction.
/// </summary>
public interface IAuditTrail
{
    /// <param name="action"><c>module.verb</c>.</param>
    /// <param name="error">A code, never a message with personal data.</param>
    /// <param name="actorUserId">Who has just proved who they are, where the request has no caller; where it has one, whom it is about.</param>
    /// <param name="times">How often it happened, where one entry stands for all of it; among the entry's changes.</param>
    void Record(string action, AuditStatus status, string resource, string? resourceId = null, string? error = null, Guid? actorUserId = null, long? times = null);
}
