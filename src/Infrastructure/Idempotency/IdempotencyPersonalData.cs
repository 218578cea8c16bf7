using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Idempotency;

/// <summary>Remembered answers: copies of what the modules export themselves.</summary>
internal sealed class IdempotencyPersonalData(AppDbContext db) : IPersonalData
{
    public string Section => "requests";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct) => Task.FromResult<object?>(null);

    public Task EraseAsync(Guid userId, CancellationToken ct) => db.Set<IdempotencyRecord>().Where(record => record.UserId == userId).ExecuteDeleteAsync(ct);
}
