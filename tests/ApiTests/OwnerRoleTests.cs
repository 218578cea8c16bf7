using GoApi.Infrastructure;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using GoApi.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Two roles in PostgreSQL: one that owns the tables and migrates, and one that the program works as (decision 0030).</summary>
[Trait("Promise", "A2")]
public sealed class OwnerRoleTests(ServicesHost host) : ApiTest(host)
{
    private const string Secret = "of-the-test-only";

    [Fact]
    public async Task Program_works_and_its_role_can_only_read_and_add_entries()
    {
        await using var roles = await TwoRoles.CreateAsync(Host.Settings);
        await using (var instance = Host.Start(roles.Settings))
        {
            var email = $"two-roles-{Guid.CreateVersion7():N}@example.test";
            (await instance.Anonymous.PostAsync("/api/v1/users/register", new { email, password = GoApiHost.Password, first_name = "Ada", last_name = "Lovelace" })).Is(201);
            var login = (await instance.Anonymous.PostAsync("/api/v1/users/login", new { email, password = GoApiHost.Password })).Is(200);
            var review = (await instance.As(login.Field("access_token")!).PostAsync("/api/v1/reviews", ReviewOf(NewResource()), ("Idempotency-Key", Guid.CreateVersion7().ToString()))).Is(201);
            (await instance.Anonymous.PostAsync("/api/v1/users/refresh", new { refresh_token = login.Field("refresh_token")! })).Is(200);

            await using var scope = instance.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            Assert.Equal(1, await db.Set<AuditEntry>().CountAsync(entry => entry.RequestId == review.RequestId));
            foreach (var sql in new[]
            {
                "UPDATE audit_entries SET action = 'nothing.happened'", "DELETE FROM audit_entries", "TRUNCATE audit_entries", "DROP TABLE audit_entries", "UPDATE audit_seals SET entries = 0", "DELETE FROM audit_seals", "TRUNCATE audit_seals",
                "ALTER TABLE audit_entries DISABLE TRIGGER ALL", "ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_no_change", "DROP TRIGGER audit_entries_no_change ON audit_entries",
                "CREATE TRIGGER mine BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entries_are_append_only()",
                "CREATE OR REPLACE FUNCTION audit_entries_are_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "ALTER TABLE audit_entries OWNER TO CURRENT_USER", "GRANT UPDATE ON audit_entries TO CURRENT_USER", "SET session_replication_role = replica", "TRUNCATE reviews", "DROP TABLE reviews",
            })
            {
                // A grant of what one does not have is only warned of, so what is left counts as well.
                var refused = await Record.ExceptionAsync(() => db.Database.ExecuteSqlRawAsync(sql));
                if (!sql.StartsWith("GRANT", StringComparison.Ordinal)) Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, Assert.IsType<PostgresException>(refused).SqlState);
            }

            var rights = await db.Database.SqlQuery<string>($"SELECT privilege_type AS \"Value\" FROM information_schema.role_table_grants WHERE table_name = 'audit_entries' AND grantee = current_user").ToListAsync();
            Assert.Equal(["INSERT", "SELECT"], rights.Order(StringComparer.Ordinal));
            Assert.Equal(1, await db.Set<AuditEntry>().CountAsync(entry => entry.RequestId == review.RequestId));
        }

        // Nothing to migrate, and rights that somebody took or gave are as they have to be.
        await roles.ExecuteAsync($"GRANT ALL ON audit_entries TO {roles.Application}; REVOKE ALL ON reviews FROM {roles.Application}");
        await using var again = Host.Start(roles.Settings);
        (await again.Anonymous.GetAsync("/api/v1/reviews?resource_type=product&resource_id=1")).Is(200);
        await using var second = again.Services.CreateAsyncScope();
        await Assert.ThrowsAsync<PostgresException>(() => second.ServiceProvider.GetRequiredService<AppDbContext>().Database.ExecuteSqlRawAsync("DELETE FROM audit_entries"));
    }

    [Fact]
    public async Task Owner_that_cannot_log_in_stops_the_start()
    {
        await using var roles = await TwoRoles.CreateAsync(Host.Settings);

        var refused = await RefusedAsync([.. roles.Settings, ("DB_OWNER_PASSWORD", "wrong-one"), ("DB_OWNER_USER", "goapi_nobody_of_that_name")]);

        Assert.StartsWith("DB_OWNER_USER: ", Assert.Single(refused.Faults), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_without_rights_stops_the_start()
    {
        await using var roles = await TwoRoles.CreateAsync(Host.Settings);
        await roles.ExecuteAsync($"REVOKE CREATE ON SCHEMA public FROM PUBLIC; ALTER DATABASE {roles.Database} OWNER TO CURRENT_USER");

        var refused = await RefusedAsync(roles.Settings);

        Assert.StartsWith("DB_OWNER_USER: ", Assert.Single(refused.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Role_that_could_become_the_owner_stops_the_start()
    {
        await using var roles = await TwoRoles.CreateAsync(Host.Settings);
        await roles.ExecuteAsync($"GRANT {roles.Owner} TO {roles.Application}");

        var refused = await RefusedAsync(roles.Settings);

        Assert.StartsWith("DB_USER: ", Assert.Single(refused.Faults), StringComparison.Ordinal);
    }

    // As the hosts prepare themselves; they print the faults and end.
    private async Task<InvalidConfigurationException> RefusedAsync(params (string Name, string Value)[] changed)
    {
        var settings = Host.Settings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        foreach (var (name, value) in changed) settings[name] = value;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddInfrastructure(builder.Configuration.ReadSettings(), HostRole.Worker);
        using var program = builder.Build();
        return await Assert.ThrowsAsync<InvalidConfigurationException>(() => program.PrepareAsync());
    }

    /// <summary>A database with its owner and a role for the program; dropped together.</summary>
    private sealed class TwoRoles(NpgsqlDataSource server, NpgsqlDataSource within, string name, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
    {
        public string Database => name;

        public string Owner => $"{name}_owner";

        public string Application => $"{name}_app";

        public (string, string)[] Settings =>
        [
            ("DB_NAME", name), ("DB_USER", Application), ("DB_PASSWORD", Secret), ("DB_OWNER_USER", Owner), ("DB_OWNER_PASSWORD", Secret),
            ("NATS_STREAM_NAME", name.ToUpperInvariant()), ("DB_SSLMODE", settings.GetValueOrDefault("DB_SSLMODE", "disable")),
        ];

        public static async Task<TwoRoles> CreateAsync(IReadOnlyDictionary<string, string> settings)
        {
            var name = $"goapi_roles_{Guid.CreateVersion7():N}";
            var roles = new TwoRoles(NpgsqlDataSource.Create(Connection("postgres")), NpgsqlDataSource.Create(Connection(name)), name, settings);
            foreach (var sql in new[] { $"CREATE ROLE {roles.Owner} LOGIN PASSWORD '{Secret}'", $"CREATE ROLE {roles.Application} LOGIN PASSWORD '{Secret}'", $"CREATE DATABASE {name} OWNER {roles.Owner}" })
                await RunAsync(roles.Server, sql);
            return roles;

            string Connection(string database) => new NpgsqlConnectionStringBuilder
            {
                Host = settings["DB_HOST"],
                Port = int.Parse(settings["DB_PORT"], System.Globalization.CultureInfo.InvariantCulture),
                Username = settings["DB_USER"],
                Password = settings["DB_PASSWORD"],
                Database = database,
                Pooling = false,
                CommandTimeout = 120,
            }.ConnectionString;
        }

        private NpgsqlDataSource Server => server;

        public Task ExecuteAsync(string sql) => RunAsync(within, sql);

        public async ValueTask DisposeAsync()
        {
            await RunAsync(server, $"DROP DATABASE {name} WITH (FORCE)");
            await RunAsync(server, $"DROP ROLE {Owner}, {Application}");
            await server.DisposeAsync();
            await within.DisposeAsync();
        }

        private static async Task RunAsync(NpgsqlDataSource database, string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
