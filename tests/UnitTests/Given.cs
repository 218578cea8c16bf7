using FluentValidation;
using FsCheck;
using FsCheck.Fluent;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Reviews;
using GoApi.Domain.Users;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.UnitTests;

/// <summary>What the tests begin with. Nothing here is shared between them: every call makes a new one.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Start = new(2026, 1, 15, 10, 30, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset Later = Start.AddHours(2);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Stands at <see cref="Later"/>, so that it differs from when things were made.</summary>
    public static FakeTimeProvider Clock => new(Later);

    public static Guid NewId() => Guid.CreateVersion7();

    public static ICurrentActor Anonymous() => new CurrentActor();

    public static ICurrentActor SignedIn(Guid userId, Role role = Role.User, Guid? sessionId = null)
    {
        var actor = new CurrentActor();
        actor.Become(new Actor(userId, FirstPartyClient.Id, role, Scope.OfFirstPartyLogin(role).ToHashSet(), sessionId, "192.0.2.1", "test", "request-1"));
        return actor;
    }

    public static ICurrentActor Client(params string[] scopes)
    {
        var actor = new CurrentActor();
        actor.Become(new Actor(null, "machine", null, scopes.ToHashSet(), null, "192.0.2.1", "test", "request-1"));
        return actor;
    }

    /// <summary>As it would come from the database: without events.</summary>
    public static Review Stored(ReviewStatus status, Guid? authorId = null)
    {
        var review = Review.Submit(authorId ?? NewId(), "product", "42", 4, "Good", "It works.", Start);
        if (status == ReviewStatus.Approved) Value(review.Approve(NewId(), Start));
        if (status == ReviewStatus.Rejected) Value(review.Reject(NewId(), "Off topic", Start));
        review.ForgetEvents();
        return review;
    }

    public static T Value<T>(Result<T> result)
    {
        Assert.False(result.Failed(out var error, out var value), error?.Message);
        return value!;
    }

    public static Error Failure<T>(Result<T> result)
    {
        Assert.True(result.Failed(out var error));
        return error;
    }

    /// <summary>The handler as hosts get it.</summary>
    public static IUseCase<TRequest, TResponse> Hosted<TRequest, TResponse>(IUseCase<TRequest, TResponse> handler, params IValidator<TRequest>[] validators)
        where TRequest : class => new UseCaseRunner<TRequest, TResponse, IUseCase<TRequest, TResponse>>(handler, validators, new CurrentUseCase());

    /// <summary>The fields at fault, as the client would read them.</summary>
    public static string[] Faults<T>(this IValidator<T> validator, T request)
    {
        var result = validator.Validate(request);
        return result.IsValid ? [] : [.. result.Errors.ToError().Fields.Select(fault => fault.Field)];
    }

    public static string Text(int length) => new('x', length);

    /// <summary>Holds for any value that FsCheck thinks of, and names the smallest that it does not hold for.</summary>
    public static void Always<T>(Func<T, bool> holds) => Prop.ForAll(holds).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));
}
