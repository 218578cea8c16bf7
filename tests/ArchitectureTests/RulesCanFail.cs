using System.Linq.Expressions;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;

// They break rules on purpose, those of the analyzers too.
#pragma warning disable CA1068, CA1852, CS0649

namespace GoApi.ArchitectureTests;

/// <summary>Each rule against a small type that breaks it.</summary>
public class RulesCanFail
{
    [Fact]
    public void A_rule_that_matches_nothing_fails() =>
        Assert.Contains("matches nothing", Assert.ThrowsAny<Exception>(() => Rule.Holds(Array.Empty<int>(), _ => [])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rule_names_every_fault() =>
        Assert.Contains("one\n  two", Assert.ThrowsAny<Exception>(() => Rule.Holds([1], _ => ["two", "one"])).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_public_or_open_is_seen()
    {
        Assert.Equal(2, Rules.IsInternalAndSealed(typeof(Open)).Count());
        Assert.Single(Rules.IsInternalAndSealed(typeof(OpenInside)));
        Assert.Empty(Rules.IsInternalAndSealed(typeof(Closed)));
    }

    [Fact]
    public void What_is_no_public_sealed_record_is_seen()
    {
        Assert.NotEmpty(Rules.IsPublicSealedRecord(typeof(Open)));
        Assert.NotEmpty(Rules.IsPublicSealedRecord(typeof(OpenRecord)));
        Assert.NotEmpty(Rules.IsPublicSealedRecord(typeof(HiddenRecord)));
        Assert.Empty(Rules.IsPublicSealedRecord(typeof(Request)));
    }

    [Fact]
    public void A_sixth_dependency_is_seen()
    {
        Assert.NotEmpty(Rules.HasFewDependencies(typeof(Six)));
        Assert.Empty(Rules.HasFewDependencies(typeof(Five)));
    }

    [Fact]
    public void A_use_case_that_calls_another_is_seen()
    {
        Assert.NotEmpty(Rules.CallsNoUseCase(typeof(CallsByPort)));
        Assert.NotEmpty(Rules.CallsNoUseCase(typeof(CallsByType)));
        Assert.Empty(Rules.CallsNoUseCase(typeof(DeleteReviewHandler)));
    }

    [Theory]
    [InlineData(typeof(ISpeakSql))]
    [InlineData(typeof(ISpeakLinq))]
    [InlineData(typeof(ISpeakHttp))]
    [InlineData(typeof(ISpeakDeep))]
    public void A_port_that_speaks_of_technology_is_seen(Type port) => Assert.NotEmpty(Rules.SpeaksItsCallersLanguage(port));

    [Fact]
    public void A_port_that_cannot_be_cancelled_is_seen()
    {
        Assert.Equal(3, Rules.TakesCancellationLast(typeof(INeverEnd)).Count());
        Assert.Empty(Rules.TakesCancellationLast(typeof(IReviewRepository)));
    }

    [Fact]
    public void A_port_without_an_adapter_is_seen()
    {
        Assert.NotEmpty(Rules.HasAnAdapterAmong([typeof(Closed)])(typeof(ISpeakSql)));
        Assert.Empty(Rules.HasAnAdapterAmong([typeof(Disposes)])(typeof(IDisposable)));
    }

    [Fact]
    public void An_open_aggregate_is_seen()
    {
        Assert.Equal(4, Rules.IsClosed(typeof(OpenAggregate)).Count());
        Assert.Empty(Rules.IsClosed(typeof(Review)));
    }

    [Theory]
    [InlineData(typeof(NamelessEvent))]
    [InlineData(typeof(BadlyNamedEvent))]
    [InlineData(typeof(UnsealedEvent))]
    public void A_bad_event_is_seen(Type happened) => Assert.NotEmpty(Rules.IsAnEvent(happened));

    [Fact]
    public void An_event_that_loses_something_on_the_wire_is_seen()
    {
        Assert.NotEmpty(Rules.SurvivesJson(typeof(ForgetfulEvent)));
        Assert.Empty(Rules.SurvivesJson(typeof(RichEvent)));
    }

    [Fact]
    public void A_name_that_is_there_twice_is_seen() => Assert.Single(Rules.AreUnique(["a", "b", "a"]));

    [Theory]
    [InlineData(typeof(NamelessConsumer))]
    [InlineData(typeof(BadlyNamedConsumer))]
    [InlineData(typeof(LostConsumer))]
    public void A_bad_consumer_is_seen(Type consumer) => Assert.NotEmpty(Rules.IsNamedConsumer(consumer));

    [Fact]
    public void What_is_not_on_the_list_is_seen()
    {
        Assert.NotEmpty(Rules.IsAmong("Domain", "System*")("Npgsql"));
        Assert.NotEmpty(Rules.IsAmong("WebApi", "Microsoft.Extensions.*", "*.Abstractions")("Microsoft.EntityFrameworkCore"));
        Assert.Empty(Rules.IsAmong("Domain", "System*", "*.Abstractions", "Exact")("System.Runtime"));
        Assert.Empty(Rules.IsAmong("Domain", "*.Abstractions")("A.Abstractions"));
        Assert.NotEmpty(Rules.IsAmong("Domain", "Exact")("Exactly"));
    }

    [Theory]
    [InlineData("src/Application/Common")]
    [InlineData("src/Infrastructure/Reviews/helpers")]
    [InlineData("GoApi.Domain.Shared.Reviews")]
    public void A_name_that_says_nothing_is_seen(string path) => Assert.NotEmpty(Rules.IsWellNamed(path));

    [Fact]
    public void A_host_that_reaches_a_store_is_seen()
    {
        Assert.NotEmpty(Rules.ReachesNoStore(typeof(ReachesInMethod)));
        Assert.NotEmpty(Rules.ReachesNoStore(typeof(ReachesInLambda)));
        Assert.NotEmpty(Rules.ReachesNoStore(typeof(ReachesAggregate)));
    }

    [Fact]
    public void A_repository_that_saves_is_seen() => Assert.NotEmpty(Rules.NeverSaves(typeof(Saves)));

    [Fact]
    public void A_mapping_that_does_much_is_seen()
    {
        Assert.NotEmpty(Rules.MapsFewMembers(typeof(ThreeMembers)));
        Assert.NotEmpty(Rules.MapsFewMembers(typeof(ThereAndBack)));
    }

    [Fact]
    public void A_module_that_reaches_another_is_seen()
    {
        HashSet<string> modules = ["Users", "Reviews"];

        // The real reference, without its line in the table.
        Assert.NotEmpty(Modules.KeepsToItself(modules, [])(typeof(TellAuthor)));
        Assert.NotEmpty(Modules.KeepsToItself(modules, [new("Application", "Reviews", "Users", "IUserAccounts")])(typeof(TellAuthor)));
        Assert.NotEmpty(Modules.KeepsToItself(modules, [new("Infrastructure", "Reviews", "Users", "*")])(typeof(TellAuthor)));
        Assert.Empty(Modules.KeepsToItself(modules, [new("Application", "Reviews", "Users", "IUser*")])(typeof(TellAuthor)));
        Assert.NotEmpty(Modules.IsUsed([typeof(TellAuthor)], modules)(new("Application", "Users", "Reviews", "*")));
    }

    [Fact]
    public void References_in_method_bodies_are_seen()
    {
        var found = References.Of(typeof(ReachesInLambda));

        Assert.Contains(typeof(IReviewRepository), found);
        Assert.Contains(typeof(IUserDirectory), References.Of(typeof(SeesGeneric)));
        Assert.Contains(typeof(UserRules), References.Of(typeof(SeesAsync)));
    }

    public class Open;

    internal class OpenInside;

    internal sealed class Closed;

    public record OpenRecord;

    internal sealed record HiddenRecord;

    public sealed record Request;

    internal sealed class Five(int a, int b, int c, int d, int e)
    {
        public int Sum => a + b + c + d + e;
    }

    internal sealed class Six(int a, int b, int c, int d, int e, int f)
    {
        public int Sum => a + b + c + d + e + f;
    }

    internal sealed class CallsByPort(IUseCase<DeleteReview, Done> other) : IUseCase<Request, Done>
    {
        public Task<Result<Done>> HandleAsync(Request request, CancellationToken ct) => other.HandleAsync(new DeleteReview(default), ct);
    }

    internal sealed class CallsByType(IReviewRepository reviews, IUnitOfWork unitOfWork) : IUseCase<Request, Done>
    {
        public Task<Result<Done>> HandleAsync(Request request, CancellationToken ct) => new DeleteReviewHandler(reviews, unitOfWork, null!).HandleAsync(new DeleteReview(default), ct);
    }

    internal interface ISpeakSql
    {
        Microsoft.EntityFrameworkCore.DbContext Context { get; }
    }

    internal interface ISpeakLinq
    {
        Task FindAsync(Expression<Func<Review, bool>> which, CancellationToken ct);
    }

    internal interface ISpeakHttp
    {
        void Handle(Microsoft.AspNetCore.Http.HttpContext context);
    }

    internal interface ISpeakDeep
    {
        Task<IReadOnlyList<IQueryable<Review>>> ListAsync(CancellationToken ct);
    }

    internal interface INeverEnd
    {
        Task WithoutAsync();

        Task OptionalAsync(CancellationToken ct = default);

        ValueTask<int> FirstAsync(CancellationToken ct, int last);
    }

    internal sealed class Disposes : IDisposable
    {
        public void Dispose()
        {
        }
    }

    internal class OpenAggregate : Aggregate
    {
        public string Name { get; set; } = "";

        public int Count;
    }

    public sealed record NamelessEvent(Guid Id) : IDomainEvent;

    [EventName("Reviews.ReviewLost")]
    public sealed record BadlyNamedEvent(Guid Id) : IDomainEvent;

    [EventName("reviews.review-lost.v1")]
    public record UnsealedEvent(Guid Id) : IDomainEvent;

    public sealed record ForgetfulEvent(Guid Id) : IDomainEvent
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public Guid Lost { get; } = Guid.CreateVersion7();
    }

    public sealed record RichEvent(Guid Id, string Text, int? Number, DateTimeOffset At, ReviewStatus Status, decimal Amount, bool Flag) : IDomainEvent;

    internal sealed class NamelessConsumer;

    [Consumer("TellAuthor", Lane.Mail)]
    internal sealed class BadlyNamedConsumer;

    [Consumer("reviews.tell-author", "nowhere")]
    internal sealed class LostConsumer;

    internal sealed class ReachesInMethod
    {
        public static object? Find(IServiceProvider services) => services.GetService(typeof(IReviewRepository));
    }

    internal sealed class ReachesInLambda
    {
        public static readonly Func<object, bool> Test = value => value is IReviewRepository;
    }

    internal sealed class ReachesAggregate
    {
        public static string Show(object value) => ((Review)value).Content;
    }

    internal sealed class SeesGeneric
    {
        public static object Make() => new Lazy<List<IUserDirectory>>();
    }

    internal sealed class SeesAsync
    {
        public static async Task<string> RunAsync()
        {
            await Task.Yield();
            return new FluentValidation.InlineValidator<RegisterUser>().RuleFor(user => user.Email).IsEmail().ToString()!;
        }
    }

    internal sealed class Saves(Microsoft.EntityFrameworkCore.DbContext db)
    {
        public async Task AddAsync(object row, CancellationToken ct)
        {
            db.Add(row);
            await db.SaveChangesAsync(ct);
        }
    }

    internal sealed class ThreeMembers : AutoMapper.Profile
    {
        public ThreeMembers() => CreateMap<LoginAccount, UserDto>()
            .ForMember(to => to.Id, map => map.MapFrom(from => from.Id))
            .ForMember(to => to.FirstName, map => map.MapFrom(from => from.Stamp))
            .ForMember(to => to.EmailVerified, map => map.MapFrom(from => from.EmailVerified));
    }

    internal sealed class ThereAndBack : AutoMapper.Profile
    {
        public ThereAndBack() => CreateMap<LoginAccount, UserDto>().ReverseMap();
    }
}
