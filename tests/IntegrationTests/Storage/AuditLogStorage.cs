using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

public abstract class AuditLogStorage(DatabaseFixture database) : StorageTest(database)
{
    private static readonly PageRequest FirstPage = new(null, 100, null);

    // Every test has entries of its own, which this client made.
    private readonly string client = $"client-{Guid.CreateVersion7():N}";

    private AuditLogFilter Own => AuditLogFilter.None with { ClientId = client };

    [Fact]
    public async Task Each_filter_finds_what_it_names_and_all_of_them_together_narrow()
    {
        var (ada, bob) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (first, second, third) = (
            await WriteAsync("tests.one", ada, "192.0.2.1", "thing", "a"), await WriteAsync("tests.two", bob, "192.0.2.2", "thing", "b", AuditStatus.Failure),
            await WriteAsync("tests.one", ada, "2001:db8::1", "other", "a", AuditStatus.Denied));
        Assert.Equal([third, second, first], await FindAsync(Own));

        Assert.Equal([third, first], await FindAsync(Own with { UserId = ada }));
        Assert.Equal([third, first], await FindAsync(Own with { Action = "tests.one" }));
        Assert.Equal([third, second, first], await FindAsync(Own with { Action = "tests.*" }));
        Assert.Equal([second, first], await FindAsync(Own with { Resource = "thing" }));
        Assert.Equal([third, first], await FindAsync(Own with { ResourceId = "a" }));
        Assert.Equal([first], await FindAsync(Own with { Resource = "thing", ResourceId = "a" }));
        Assert.Equal([second], await FindAsync(Own with { Status = "failure" }));
        Assert.Equal([first], await FindAsync(Own with { Status = "success" }));
        Assert.Equal([second], await FindAsync(Own with { RequestId = await RequestIdAsync(second) }));
        Assert.Equal([third], await FindAsync(Own with { Ip = "2001:db8::1" }));
        Assert.Equal([third], await FindAsync(Own with { Ip = "2001:db8::1", UserId = ada, Action = "tests.*", Resource = "other", ResourceId = "a", Status = "denied" }));
        Assert.Empty(await FindAsync(Own with { Ip = "2001:db8::1", UserId = bob }));
        Assert.Empty(await FindAsync(Own with { Action = "test.*" }));
        Assert.Empty(await FindAsync(Own with { Action = "tests.t" }));
    }

    [Fact]
    public async Task What_is_only_about_the_kind_is_found_without_anything_narrower()
    {
        var module = $"m{Guid.CreateVersion7():N}";
        var resource = $"r{Guid.CreateVersion7():N}";
        var entries = new[]
        {
            await WriteAsync($"{module}.one", null, null, resource), await WriteAsync($"{module}.two", null, null, "other", status: AuditStatus.Denied),
            await WriteAsync($"{module}.one", null, null, "other"), await WriteAsync($"{module}x.one", null, null, resource), await WriteAsync($"{module}.two", null, null, "other", status: AuditStatus.Denied),
        };
        var filter = AuditLogFilter.None with { Action = $"{module}.*" };

        Assert.Equal([entries[4], entries[2], entries[1], entries[0]], await FindAsync(filter));
        Assert.Equal([entries[2], entries[0]], await FindAsync(filter with { Action = $"{module}.one" }));
        Assert.Equal([entries[4], entries[1]], await FindAsync(filter with { Status = "denied" }));
        Assert.Equal([entries[0]], await FindAsync(filter with { Resource = resource }));
        Assert.Equal([entries[3], entries[0]], await FindAsync(AuditLogFilter.None with { Resource = resource }));
        Assert.Equal([entries[4], entries[1]], (await FindAsync(AuditLogFilter.None with { Status = "denied" })).Take(2));
        Assert.Empty(await FindAsync(filter with { Resource = "nothing" }));
        var page = await ListAsync(filter, new PageRequest(2, 1, null));
        Assert.Equal((entries[2], 4L), (Assert.Single(page.Items).Id, page.Total));
    }

    [Fact]
    public async Task Time_is_from_inclusive_to_exclusive_to_the_microsecond()
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddMilliseconds(5);
        Guid[] entries = [await AddAsync(at), await AddAsync(at.AddMicroseconds(400)), await AddAsync(at.AddMicroseconds(900)), await AddAsync(at.AddMilliseconds(1))];

        Assert.Equal(entries[1..].Reverse(), await FindAsync(Own with { From = at.AddMicroseconds(400) }, ordered: false));
        Assert.Equal(entries[..2].Reverse(), await FindAsync(Own with { To = at.AddMicroseconds(900) }, ordered: false));
        Assert.Equal(entries[..3].Reverse(), await FindAsync(Own with { From = at, To = at.AddMilliseconds(1) }, ordered: false));
        Assert.Equal(entries[..3].Reverse(), await FindAsync(Own with { From = at.ToOffset(TimeSpan.FromHours(5)), To = at.AddMilliseconds(1).ToOffset(TimeSpan.FromHours(-3)) }, ordered: false));
        Assert.Equal(entries[..3].Reverse(), await FindAsync(Own with { From = DateTimeOffset.MinValue, To = at.AddMicroseconds(901) }, ordered: false));
        Assert.Empty(await FindAsync(Own with { To = DateTimeOffset.UnixEpoch.AddDays(-1) }));
        Assert.Equal(4, (await FindAsync(Own with { To = DateTimeOffset.MaxValue })).Length);
        Assert.Empty(await FindAsync(Own with { From = at, To = at }));
    }

    [Theory]
    [InlineData("192.0.2.55", "192.0.2.55", "::ffff:192.0.2.55", "::FFFF:C000:237")]
    [InlineData("2001:db8::ab", "2001:DB8::AB", "2001:0db8:0:0:0:0:0:00ab")]
    [InlineData("fe80::1%3", "fe80::1", "fe80::1%7")]
    public async Task Address_is_found_in_every_spelling(string written, params string[] asked)
    {
        var entry = await WriteAsync("tests.one", Guid.CreateVersion7(), written);

        foreach (var ip in asked) Assert.Equal([entry], await FindAsync(Own with { Ip = ip }));
    }

    [Fact]
    public async Task Personal_fields_are_readable_until_the_person_is_erased()
    {
        var (person, other) = (await AddUserAsync(), await AddUserAsync());
        await SaveAsync(async (AppDbContext db) => (await db.Set<AppUser>().SingleAsync(row => row.Id == person)).City = "Canterbury");
        var change = await WithAsync((AppDbContext db) => db.Set<AuditEntry>().Where(entry => entry.SubjectUserId == person && entry.Changes!.Contains("city")).Select(entry => entry.Id).SingleAsync());
        var (own, theirs) = (await WriteAsync("tests.one", person, "192.0.2.1"), await WriteAsync("tests.one", other, "192.0.2.1", "user", person.ToString()));
        var nobodys = await WriteAsync("tests.one", null, "192.0.2.1");
        Assert.Equal([nobodys, theirs, own], await FindAsync(Own with { Ip = "192.0.2.1" }));
        Assert.Contains("Canterbury", (await ReadAsync(change)).Changes.ToString(), StringComparison.Ordinal);

        await EraseAsync(person);

        Assert.Equal([nobodys, theirs], await FindAsync(Own with { Ip = "192.0.2.1" }));
        var page = await ListAsync(Own, FirstPage);
        Assert.Equal([(nobodys, "192.0.2.1", "Agent/1"), (theirs, "192.0.2.1", "Agent/1"), (own, null, null)], page.Items.Select(entry => (entry.Id, entry.IpAddress, entry.UserAgent)));
        Assert.Equal("""{"city":{"old":null,"new":null}}""", (await ReadAsync(change)).Changes.ToString());
        Assert.Null(await WithAsync((IAuditLogQueries logs) => logs.FindAsync(Guid.CreateVersion7(), default)));
    }

    [Fact]
    public async Task Cursor_neither_skips_nor_repeats_while_entries_are_added()
    {
        var filters = new[] { Own, Own with { Ip = "192.0.2.9" }, AuditLogFilter.None with { Resource = $"r{client}" } };
        List<Guid> written = [];
        for (var number = 0; number < 7; number++) written.Add(await WriteAsync($"tests.k{number % 3}", null, "192.0.2.9", $"r{client}"));
        foreach (var filter in filters)
        {
            List<Guid> read = [];
            var page = await ListAsync(filter, new PageRequest(null, 2, null));
            Assert.Equal((1, (long?)written.Count), (page.Number!.Value, page.Total));
            var expected = written.AsEnumerable().Reverse().ToArray();
            for (; ; page = await ListAsync(filter, new PageRequest(null, 2, page.NextCursor)))
            {
                read.AddRange(page.Items.Select(entry => entry.Id));
                written.Add(await WriteAsync("tests.late", null, "192.0.2.9", $"r{client}"));
                if (page.NextCursor is null) break;
                Assert.True(page.Items.Count == 2);
            }

            Assert.Equal(expected, read);
        }
    }

    [Fact]
    public async Task Cursor_of_another_list_is_refused()
    {
        await WriteAsync("tests.one", null, null);
        await WriteAsync("tests.one", null, null);
        var cursor = (await ListAsync(Own, new PageRequest(null, 1, null))).NextCursor!;

        foreach (var bad in new[] { "nonsense", cursor[..^2], $"{cursor}AA" })
        {
            Assert.True((await WithAsync((IAuditLogQueries logs) => logs.ListAsync(Own, new PageRequest(null, 1, bad), default))).Failed(out var error));
            Assert.Equal(("BAD_REQUEST", "cursor"), (error.Code, Assert.Single(error.Fields).Field));
        }
    }

    [Fact]
    public async Task Export_of_more_than_a_batch_has_each_once_in_order()
    {
        const int count = 1_203;
        var now = Now;
        await SaveAsync((AppDbContext db) =>
        {
            for (var number = 0; number < count; number++) db.Add(NewEntry(now, $"tests.k{number % 3}", "export"));
            return Task.FromResult(0);
        });

        foreach (var filter in new[] { Own, AuditLogFilter.None with { Action = "tests.*", Resource = "export" } })
        {
            var read = await WithAsync(async (IAuditLogQueries logs) => await logs.StreamAsync(filter, default).Select(entry => entry.Id).ToListAsync());
            Assert.Equal(count, read.Count);
            Assert.Distinct(read);
            Assert.Equal(read.OrderByDescending(id => id.ToString(), StringComparer.Ordinal), read);
        }
    }

    private async Task EraseAsync(Guid person)
    {
        await using var scope = NewScope();
        foreach (var module in scope.ServiceProvider.GetServices<GoApi.Application.Abstractions.PersonalData.IPersonalData>().OfType<AuditPersonalData>()) await module.EraseAsync(person, default);
    }

    private async Task<Guid[]> FindAsync(AuditLogFilter filter, bool ordered = true)
    {
        var page = await ListAsync(filter, FirstPage);
        Assert.Equal(page.Items.Count, Math.Min(page.Total!.Value, 100));
        // The export finds the same.
        var streamed = await WithAsync(async (IAuditLogQueries logs) => await logs.StreamAsync(filter, default).Take(100).Select(entry => entry.Id).ToArrayAsync());
        Assert.Equal(streamed, page.Items.Select(entry => entry.Id));
        // Within a millisecond the order is by chance.
        return [.. (ordered ? page.Items.AsEnumerable() : page.Items.OrderByDescending(entry => entry.CreatedAt)).Select(entry => entry.Id)];
    }

    private async Task<Page<AuditLogDto>> ListAsync(AuditLogFilter filter, PageRequest page)
    {
        Assert.False((await WithAsync((IAuditLogQueries logs) => logs.ListAsync(filter, page, default))).Failed(out var error, out var found), error?.Message);
        return found!;
    }

    private async Task<AuditLogDto> ReadAsync(Guid id) => (await WithAsync((IAuditLogQueries logs) => logs.FindAsync(id, default)))!;

    private async Task<string> RequestIdAsync(Guid id) => (await ReadAsync(id)).RequestId;

    // A millisecond each, so that the order is theirs.
    private async Task<Guid> WriteAsync(string action, Guid? actor, string? ip, string resource = "thing", string? resourceId = null, AuditStatus status = AuditStatus.Success)
    {
        var before = Now;
        while (Now.ToUnixTimeMilliseconds() == before.ToUnixTimeMilliseconds()) await Task.Yield();
        await using var scope = NewScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(new Actor(actor, client, null, new HashSet<string>(), null, ip, "Agent/1", $"{Guid.CreateVersion7()}"));
        scope.ServiceProvider.GetRequiredService<IAuditTrail>().Record(action, status, resource, resourceId);
        var entry = scope.ServiceProvider.GetRequiredService<AppDbContext>().ChangeTracker.Entries<AuditEntry>().Single().Entity;
        await scope.ServiceProvider.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        return entry.Id;
    }

    private async Task<Guid> AddAsync(DateTimeOffset at)
    {
        var entry = NewEntry(at, "tests.one", "thing");
        await SaveAsync((AppDbContext db) => Task.FromResult(db.Add(entry)));
        return entry.Id;
    }

    private AuditEntry NewEntry(DateTimeOffset at, string action, string resource) => new()
    {
        Id = Guid.CreateVersion7(at),
        ActorClientId = client,
        Action = action,
        Resource = resource,
        RequestId = "test",
        Status = AuditStatus.Success,
        CreatedAt = at,
    };
}

public sealed class AuditLogStorageOnSqlite(SqliteDatabase database) : AuditLogStorage(database), IClassFixture<SqliteDatabase>;

public sealed class AuditLogStorageOnPostgreSql(PostgreSqlDatabase database) : AuditLogStorage(database), IClassFixture<PostgreSqlDatabase>;
