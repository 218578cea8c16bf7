using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Persistence;

// One context type for each provider, so that each has migrations of its own for the one model.
internal sealed class PostgreSqlDbContext(DbContextOptions<PostgreSqlDbContext> options) : AppDbContext(options);

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : AppDbContext(options);
