using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

internal static class PersistenceRegistration
{
    public static IServiceCollection AddPersistence(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<OutboxWriter>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<PersonKeys>();
        services.AddSingleton<AddressDigest>();
        services.AddSingleton<AuditProtection>();
        services.AddSingleton<UnitOfWorkInterceptor>();
        services.AddScoped<UnitOfWorkScope>();
        services.AddScoped<IUnitOfWork, UnitOfWork>();
        services.AddScoped<IAuditTrail, AuditTrail>();
        services.AddScoped<IAuditHistory, AuditHistory>();
        services.AddScoped<IPersonalData, AuditPersonalData>();
        services.AddScoped<IRetention, AuditAddressRetention>();
        services.AddSingleton<CursorCodec>();
        services.AddSingleton<PageReader>();
        services.AddSingleton<RowBatch>();

        if (settings.Database.IsPostgreSql)
        {
            services.AddSingleton(_ => NpgsqlDataSource.Create(PostgreSql.ConnectionString(settings.Database)));
            services.AddPooledDbContextFactory<PostgreSqlDbContext>((provider, options) => options
                .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                .AsGoApi(provider));
            services.AddScoped<AppDbContext>(Lease<PostgreSqlDbContext>);
            services.AddSingleton<IDatabaseLock, PostgreSqlLock>();
        }
        else
        {
            services.AddSingleton<SqlitePragmas>();
            services.AddPooledDbContextFactory<SqliteDbContext>((provider, options) => options
                .UseSqlite(Sqlite.ConnectionString(settings.App))
                .AddInterceptors(provider.GetRequiredService<SqlitePragmas>())
                .AsGoApi(provider));
            services.AddScoped<AppDbContext>(Lease<SqliteDbContext>);
            services.AddSingleton<IDatabaseLock, SqliteLock>();
        }

        return services;
    }

    public static IServiceCollection AddIdempotency(this IServiceCollection services) => services
        .AddScoped<IIdempotentRequests, IdempotentRequests>()
        .AddScoped<IPersonalData, IdempotencyPersonalData>();

    /// <summary>AutoMapper, for projections only (docs/decisions/0007).</summary>
    public static IServiceCollection AddMapping(this IServiceCollection services, AppSettings settings) => services.AddAutoMapper(
        options => options.LicenseKey = settings.AutoMapperLicenseKey, typeof(PersistenceRegistration).Assembly);

    private static DbContextOptionsBuilder AsGoApi(this DbContextOptionsBuilder options, IServiceProvider provider) =>
        options.UseSnakeCaseNamingConvention().AddInterceptors([provider.GetRequiredService<UnitOfWorkInterceptor>(), .. provider.GetServices<IInterceptor>()]);

    // Pooled contexts outlive scopes, so the scope is handed over when one is leased.
    private static AppDbContext Lease<T>(IServiceProvider provider) where T : AppDbContext
    {
        var db = provider.GetRequiredService<IDbContextFactory<T>>().CreateDbContext();
        db.Scope = provider.GetRequiredService<UnitOfWorkScope>();
        return db;
    }
}
