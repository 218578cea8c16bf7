using GoApi.Domain.Kernel;

namespace GoApi.Application.AuditLogs;

public static class AuditLogErrors
{
    public static Error NotFound { get; } = Error.NotFound("The audit entry");
}
